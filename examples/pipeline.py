"""Reads lines, counts their words and adds them up: three stages joined by two short queues."""

import queue
import threading

TEXT = ["to be or not to be", "that is the question", "whether it is nobler"]
END = None  # the last item of each queue


def read(lines):
    for line in TEXT:
        lines.put(line)
    lines.put(END)


def count(lines, counts):
    while True:
        line = lines.get()
        if line is END:
            break
        counts.put(len(line.split()))
    counts.put(END)


def main():
    lines, counts = queue.Queue(maxsize=1), queue.Queue(maxsize=1)
    stages = [
        threading.Thread(target=read, args=(lines,)),
        threading.Thread(target=count, args=(lines, counts)),
    ]
    for stage in stages:
        stage.start()
    total = 0
    while True:
        words = counts.get()
        if words is END:
            break
        total += words
    for stage in stages:
        stage.join()
    print(f"{total} words")


if __name__ == "__main__":
    main()
