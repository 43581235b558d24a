"""An RLock lets its owner in again and everybody else only when the owner is out.

verdict: clean
options: --races
classes: 6
"""

import threading


class Stack:
    def __init__(self):
        self.size = 0
        self.lock = threading.RLock()

    def push(self):
        with self.lock:
            self.size += 1

    def push_two(self):
        with self.lock:
            self.push()
            self.push()

    def push_four(self):
        self.push_two()
        self.push_two()


def main():
    stack = Stack()
    threads = [threading.Thread(target=stack.push_four) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stack.size == 8
    print("size:", stack.size)


if __name__ == "__main__":
    main()
