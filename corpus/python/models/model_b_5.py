"""Two threads each add to a box under one lock, five times.

verdict: clean
options: --races
classes: 252
"""

import threading


class Box:
    def __init__(self):
        self.value = 0


def bump(box, lock):
    for _ in range(5):
        with lock:
            box.value += 1


def main():
    box = Box()
    lock = threading.Lock()
    threads = [threading.Thread(target=bump, args=(box, lock)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
