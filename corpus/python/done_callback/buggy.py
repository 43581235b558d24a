"""The callbacks of two futures run in the pool's workers, not in the main task, and both change the sum.

verdict: finding lost-update
shows: error
source: CPython documentation, concurrent.futures.Future.add_done_callback
within: 1000
"""

from concurrent.futures import ThreadPoolExecutor


class Basket:
    def __init__(self):
        self.total = 0

    def add(self, future):
        self.total += future.result()


def price_of(item):
    return 10 * len(item)


basket = Basket()
with ThreadPoolExecutor(max_workers=2) as pool:
    for item in ("tea", "milk"):
        pool.submit(price_of, item).add_done_callback(basket.add)
assert basket.total == 70, f"the basket costs {basket.total}"
