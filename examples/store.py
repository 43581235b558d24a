"""Adds up the sales of a shop in a store that a pool of workers shares."""

from concurrent.futures import ThreadPoolExecutor


class Store:
    def __init__(self):
        self.total = 0

    def add(self, price):
        total = self.total
        self.total = total + price


def main():
    store = Store()
    with ThreadPoolExecutor(max_workers=2) as pool:
        for price in (5, 8, 12):
            pool.submit(store.add, price)
    print(f"sold for {store.total} (5 + 8 + 12 = 25)")


if __name__ == "__main__":
    main()
