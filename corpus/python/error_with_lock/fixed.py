"""`with` gives the lock back when an error passes, too.

verdict: clean
options: --races
"""

import threading

lock = threading.Lock()
menu = {"soup": 4}
bills = {"Ada": 0, "Ben": 0}


def order(guest, dish):
    with lock:
        bills[guest] += menu[dish]


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
