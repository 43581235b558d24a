"""Two transfers in opposite directions lock two accounts in the same order and never get stuck.

verdict: clean
options: --races
"""

import threading


class Account:
    def __init__(self, number, owner, balance):
        self.number = number
        self.owner = owner
        self.balance = balance
        self.lock = threading.Lock()


def transfer(source, target, amount):
    first, second = sorted((source, target), key=lambda account: account.number)
    with first.lock:
        with second.lock:
            source.balance -= amount
            target.balance += amount


def main():
    ada, ben = Account(1, "Ada", 100), Account(2, "Ben", 50)
    there = threading.Thread(target=transfer, args=(ada, ben, 30))
    back = threading.Thread(target=transfer, args=(ben, ada, 10))
    there.start()
    back.start()
    there.join()
    back.join()
    assert (ada.balance, ben.balance) == (80, 70)
    print(f"{ada.owner} has {ada.balance}, {ben.owner} has {ben.balance}")


if __name__ == "__main__":
    main()
