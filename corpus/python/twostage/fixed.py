"""One lock covers both books.

verdict: clean
options: --races
"""

import threading

lock = threading.Lock()
orders = {}
bills = {}


def sell(item, price):
    with lock:
        orders[item] = price
        bills[item] = orders[item] + 1


def check(item):
    with lock:
        price = orders.get(item)
        if price is not None:
            assert bills.get(item) == price + 1, f"the {item} is not billed"


threads = [threading.Thread(target=sell, args=("lamp", 20)), threading.Thread(target=check, args=("lamp",))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
