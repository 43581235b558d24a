"""Transfers take the accounts' locks in order of name, but after a gift the richest gives to itself, and waits for itself.

verdict: finding deadlock
shows: hang
source: Goetz et al., Java Concurrency in Practice, DynamicOrderDeadlock
within: 1000
"""

import threading


class Account:
    def __init__(self, owner, balance):
        self.owner = owner
        self.balance = balance
        self.lock = threading.Lock()


def transfer(source, target, amount):
    first, second = sorted((source, target), key=lambda account: account.owner)
    with first.lock, second.lock:
        source.balance -= amount
        target.balance += amount


def tidy_up(accounts):
    richest = max(accounts, key=lambda account: account.balance)
    transfer(richest, accounts[0], 10)


ada, ben = Account("Ada", 40), Account("Ben", 50)
gift = threading.Thread(target=transfer, args=(ben, ada, 20))
tidier = threading.Thread(target=tidy_up, args=((ada, ben),))
gift.start()
tidier.start()
gift.join()
tidier.join()
