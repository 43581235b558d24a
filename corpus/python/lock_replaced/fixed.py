"""The till keeps its lock for as long as it lives.

verdict: clean
options: --races
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
