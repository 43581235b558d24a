"""An unknown dish is looked up between `acquire` and `release`: the error is caught, the lock is kept.

verdict: finding lock-leaked
shows: hang
source: CPython documentation, using locks in the with statement
within: 1000
"""

import threading

lock = threading.Lock()
menu = {"soup": 4}
bills = {"Ada": 0, "Ben": 0}


def order(guest, dish):
    lock.acquire()
    bills[guest] += menu[dish]
    lock.release()


def eat(guest, dish):
    try:
        order(guest, dish)
    except KeyError:
        print(f"there is no {dish}")


guests = [threading.Thread(target=eat, args=("Ada", "soup")), threading.Thread(target=eat, args=("Ben", "stew"))]
for guest in guests:
    guest.start()
for guest in guests:
    guest.join()
