"""A cleaner enters a re-entrant lock twice and leaves it once, so that it stays locked when the cleaner has gone home.

verdict: finding lock-leaked
shows: hang
source: CPython documentation, threading.RLock.release
within: 1000
"""

import threading

house = threading.RLock()


def clean_kitchen():
    house.acquire()
    print("the kitchen is clean")


def clean_all():
    house.acquire()
    clean_kitchen()
    print("the hall is clean")
    house.release()


def visit():
    with house:
        print("what a clean house")


cleaner = threading.Thread(target=clean_all)
visitor = threading.Thread(target=visit)
cleaner.start()
visitor.start()
cleaner.join()
visitor.join()
