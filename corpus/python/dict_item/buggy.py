"""Two sellers take from one entry of a dict at once, and one sale is not counted.

verdict: finding lost-update
shows: output
source: CPython FAQ, what kinds of global value mutation are thread-safe
within: 1000
"""

from threading import Thread

stock = {"apple": 5, "pear": 3}


def sell(fruit):
    stock[fruit] -= 1


sellers = [Thread(target=sell, args=("apple",)), Thread(target=sell, args=("apple",))]
for seller in sellers:
    seller.start()
for seller in sellers:
    seller.join()
print("apples left:", stock["apple"])
