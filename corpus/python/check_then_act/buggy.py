"""Two tasks find no price in the cache, and both ask the shop and store one.

verdict: finding stale-check
shows: output
source: Goetz et al., Java Concurrency in Practice, check-then-act
within: 1000
"""

import threading
import time

prices = {}


def ask_shop(item):
    time.sleep(0.01)  # the shop is far away
    return 10 * len(item)


def price_of(item):
    if item not in prices:
        prices[item] = ask_shop(item)
    return prices[item]


customers = [threading.Thread(target=price_of, args=("tea",)) for _ in range(2)]
for customer in customers:
    customer.start()
for customer in customers:
    customer.join()
print("tea costs", prices["tea"])
