"""Counting and adding are under one lock.

verdict: clean
options: --races
"""

import threading

orders = []
lock = threading.Lock()


def order(dish):
    with lock:
        number = len(orders) + 1
        orders.append((number, dish))


guests = [threading.Thread(target=order, args=(dish,)) for dish in ("soup", "stew")]
for guest in guests:
    guest.start()
for guest in guests:
    guest.join()
numbers = sorted(number for number, _ in orders)
assert numbers == [1, 2], f"numbers: {numbers}"
