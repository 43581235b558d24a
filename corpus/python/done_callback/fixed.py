"""The main task takes the results and adds them up alone.

verdict: clean
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
    prices = [pool.submit(price_of, item) for item in ("tea", "milk")]
for price in prices:
    basket.add(price)
assert basket.total == 70, f"the basket costs {basket.total}"
