"""Clearing the till puts a fresh lock in place, while a cashier still holds the old one.

verdict: finding lost-update
shows: error
source: Farchi, Nir and Ur, IPDPS 2003, wrong lock or no lock
within: 1000
"""

import threading


class Till:
    def __init__(self):
        self.cash = 0
        self.lock = threading.Lock()

    def take(self, amount):
        with self.lock:
            self.cash += amount

    def open_shop(self):
        self.lock = threading.Lock()
        with self.lock:
            self.cash += 50  # change


till = Till()
cashier = threading.Thread(target=till.take, args=(20,))
manager = threading.Thread(target=till.open_shop)
cashier.start()
manager.start()
cashier.join()
manager.join()
assert till.cash == 70, f"{till.cash} in the till"
