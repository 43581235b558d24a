"""Two transfers in opposite directions lock two accounts in opposite order and get stuck.

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
    with source.lock:
        with target.lock:
            source.balance -= amount
            target.balance += amount


def main():
    ada, ben = Account("Ada", 100), Account("Ben", 50)
    there = threading.Thread(target=transfer, args=(ada, ben, 30))
    back = threading.Thread(target=transfer, args=(ben, ada, 10))
    there.start()
    back.start()
    there.join()
    back.join()
    print(f"{ada.owner} has {ada.balance}, {ben.owner} has {ben.balance}")


if __name__ == "__main__":
    main()
