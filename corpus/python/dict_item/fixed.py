"""Two sellers take from one entry of a dict under a lock, and both sales are counted.

verdict: clean
"""

from threading import Lock, Thread

stock = {"apple": 5, "pear": 3}
counter = Lock()


def sell(fruit):
    with counter:
        stock[fruit] -= 1


sellers = [Thread(target=sell, args=("apple",)), Thread(target=sell, args=("apple",))]
for seller in sellers:
    seller.start()
for seller in sellers:
    seller.join()
assert stock["apple"] == 3
print("apples left:", stock["apple"])
