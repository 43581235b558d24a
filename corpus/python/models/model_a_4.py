"""Four threads each read a box, then write back what they read plus one.

verdict: finding lost-update
within: 1000
classes: 576
"""

import threading


class Box:
    def __init__(self):
        self.value = 0


def bump(box):
    v = box.value
    box.value = v + 1


def main():
    box = Box()
    threads = [threading.Thread(target=bump, args=(box,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
