"""The buyers are told when the lock is given back.

verdict: clean
options: --races
"""

import threading


class Stall:
    def __init__(self):
        self.lock = threading.Lock()
        self.price = 5
        self.buyers = []

    def watch(self, buyer):
        with self.lock:
            self.buyers.append(buyer)

    def forget(self, buyer):
        with self.lock:
            self.buyers.remove(buyer)

    def set_price(self, price):
        with self.lock:
            self.price = price
            buyers = list(self.buyers)
        for buyer in buyers:
            buyer(price)


def buy_once(price):
    print("bought for", price)
    stall.forget(buy_once)


stall = Stall()
buyer = threading.Thread(target=stall.watch, args=(buy_once,))
buyer.start()
stall.set_price(4)
buyer.join()
