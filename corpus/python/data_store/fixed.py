"""A data store keeps every update: a lock spans the read, the slow part and the write.

verdict: clean
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor


class DataStore:
    def __init__(self):
        self.value = 0
        self.lock = threading.Lock()

    def add(self, amount):
        with self.lock:
            value = self.value
            time.sleep(0.01)  # a slow disk
            self.value = value + amount


def main():
    store = DataStore()
    with ThreadPoolExecutor(max_workers=2) as pool:
        for amount in (10, 20):
            pool.submit(store.add, amount)
    assert store.value == 30
    print(f"the store holds {store.value} of 30")


if __name__ == "__main__":
    main()
