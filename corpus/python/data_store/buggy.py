"""A data store loses an update when two pool workers read it before either writes back.

verdict: finding lost-update
shows: output
source: Farchi, Nir and Ur, IPDPS 2003, nonatomic operations assumed to be atomic
within: 1000
"""

import time
from concurrent.futures import ThreadPoolExecutor


class DataStore:
    def __init__(self):
        self.value = 0

    def add(self, amount):
        value = self.value
        time.sleep(0.01)  # a slow disk
        self.value = value + amount


def main():
    store = DataStore()
    with ThreadPoolExecutor(max_workers=2) as pool:
        for amount in (10, 20):
            pool.submit(store.add, amount)
    print(f"the store holds {store.value} of 30")


if __name__ == "__main__":
    main()
