"""Looking and taking are under one lock.

verdict: clean
options: --races
"""

import threading


class Account:
    def __init__(self, balance):
        self.balance = balance
        self.lock = threading.Lock()

    def withdraw(self, amount):
        with self.lock:
            if self.balance >= amount:
                self.balance -= amount


account = Account(100)
cards = [threading.Thread(target=account.withdraw, args=(70,)) for _ in range(2)]
for card in cards:
    card.start()
for card in cards:
    card.join()
assert account.balance >= 0, f"the balance is {account.balance}"
