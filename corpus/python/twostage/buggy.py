"""An order is written into two books, each under its own lock, and a reader comes between the two.

verdict: finding assertion
shows: error
source: SCTBench CS.twostage_bad
within: 1000
"""

import threading

orders_lock = threading.Lock()
bills_lock = threading.Lock()
orders = {}
bills = {}


def sell(item, price):
    with orders_lock:
        orders[item] = price
    with bills_lock:
        bills[item] = orders[item] + 1


def check(item):
    with orders_lock:
        price = orders.get(item)
    if price is not None:
        with bills_lock:
            assert bills.get(item) == price + 1, f"the {item} is not billed"


threads = [threading.Thread(target=sell, args=("lamp", 20)), threading.Thread(target=check, args=("lamp",))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
