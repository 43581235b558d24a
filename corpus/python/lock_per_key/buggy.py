"""Two bookings find no lock for the room yet, and each makes one of its own: both hold a lock, not the same.

verdict: finding stale-check
shows: error
source: Lu et al., ASPLOS 2008, atomicity violation
within: 1000
"""

import threading

locks = {}
beds = {"101": 2}


def lock_of(room):
    if room not in locks:
        locks[room] = threading.Lock()
    return locks[room]


def book(room):
    with lock_of(room):
        beds[room] -= 1


guests = [threading.Thread(target=book, args=("101",)) for _ in range(2)]
for guest in guests:
    guest.start()
for guest in guests:
    guest.join()
assert beds["101"] == 0, f"{beds['101']} beds are left"
