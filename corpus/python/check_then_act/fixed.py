"""One task at a time looks into the cache and fills it: the test and the store are under one lock.

verdict: clean
"""

import threading
import time

prices = {}
prices_lock = threading.Lock()


def ask_shop(item):
    time.sleep(0.01)  # the shop is far away
    return 10 * len(item)


def price_of(item):
    with prices_lock:
        if item not in prices:
            prices[item] = ask_shop(item)
        return prices[item]


customers = [threading.Thread(target=price_of, args=("tea",)) for _ in range(2)]
for customer in customers:
    customer.start()
for customer in customers:
    customer.join()
print("tea costs", prices["tea"])
