"""An RLock lets its owner in again and everybody else only when the owner is out.

verdict: clean
options: --races
classes: 10
"""

import threading


class Stack:
    def __init__(self):
        self.size = 0
        self.lock = threading.RLock()
        self.orders = 0
        self.counting = threading.Lock()

    def push(self):
        with self.lock:
            self.size += 1

    def push_two(self):
        with self.lock:
            self.push()
            self.push()

    def push_four(self):
        self.push_two()
        # While one task is here, the other may hold the lock: then the lock must keep this one out.
        with self.counting:
            self.orders += 1
        self.push_two()


def main():
    stack = Stack()
    threads = [threading.Thread(target=stack.push_four) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stack.size == 8
    print("size:", stack.size, "orders:", stack.orders)


if __name__ == "__main__":
    main()
