"""A method that holds a plain Lock calls another that takes it: the task waits for itself.

verdict: finding deadlock
shows: hang
source: GoBench GoKer blocking/cockroach/9935
within: 1000
"""

import threading


class Cart:
    def __init__(self):
        self.total = 0
        self.lock = threading.Lock()

    def add(self, price):
        with self.lock:
            self.total += price

    def add_all(self, prices):
        with self.lock:
            for price in prices:
                self.add(price)


def main():
    cart = Cart()
    shoppers = [
        threading.Thread(target=cart.add_all, args=([3, 4],)),
        threading.Thread(target=cart.add, args=(5,)),
    ]
    for shopper in shoppers:
        shopper.start()
    for shopper in shoppers:
        shopper.join()
    print("total:", cart.total)


if __name__ == "__main__":
    main()
