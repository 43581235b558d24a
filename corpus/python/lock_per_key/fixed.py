"""`setdefault` makes the lock in one step.

verdict: clean
"""

import threading

locks = {}
beds = {"101": 2}


def lock_of(room):
    return locks.setdefault(room, threading.Lock())


def book(room):
    with lock_of(room):
        beds[room] -= 1


guests = [threading.Thread(target=book, args=("101",)) for _ in range(2)]
for guest in guests:
    guest.start()
for guest in guests:
    guest.join()
assert beds["101"] == 0, f"{beds['101']} beds are left"
