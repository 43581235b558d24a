"""The display takes the lock, too.

verdict: clean
options: --races
"""

import threading


class Sales:
    def __init__(self):
        self.count = 0
        self.total = 0
        self.lock = threading.Lock()

    def add(self, price):
        with self.lock:
            self.count += 1
            self.total += price

    def show(self):
        with self.lock:
            print(f"{self.count} sold for {self.total}")


sales = Sales()
clerk = threading.Thread(target=sales.add, args=(20,))
clerk.start()
sales.show()
clerk.join()
