"""Two withdrawals both find enough money in the account, and together they take more than there is.

verdict: finding stale-check
shows: error
source: IBM ConTest benchmark, account
within: 1000
"""

import threading


class Account:
    def __init__(self, balance):
        self.balance = balance
        self.lock = threading.Lock()

    def withdraw(self, amount):
        if self.balance >= amount:
            with self.lock:
                self.balance -= amount


account = Account(100)
cards = [threading.Thread(target=account.withdraw, args=(70,)) for _ in range(2)]
for card in cards:
    card.start()
for card in cards:
    card.join()
assert account.balance >= 0, f"the balance is {account.balance}"
