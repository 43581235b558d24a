"""Two orders take the length of the list as their number, and then both are added: the number is there twice.

verdict: finding assertion
shows: error
source: Farchi, Nir and Ur, IPDPS 2003, nonatomic operations assumed to be atomic
within: 1000
"""

import threading

orders = []
lock = threading.Lock()


def order(dish):
    number = len(orders) + 1
    orders.append((number, dish))


guests = [threading.Thread(target=order, args=(dish,)) for dish in ("soup", "stew")]
for guest in guests:
    guest.start()
for guest in guests:
    guest.join()
numbers = sorted(number for number, _ in orders)
assert numbers == [1, 2], f"numbers: {numbers}"
