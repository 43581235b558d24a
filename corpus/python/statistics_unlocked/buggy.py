"""The clerk writes two figures under the lock, and the display reads them without it.

verdict: finding data-race
shows: output
source: Goetz et al., Java Concurrency in Practice, visibility
options: --races
within: 1000
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
        print(f"{self.count} sold for {self.total}")


sales = Sales()
clerk = threading.Thread(target=sales.add, args=(20,))
clerk.start()
sales.show()
clerk.join()
