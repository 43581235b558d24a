"""A helper adds a name only once, under a lock of its own, while the list's other users take the list's lock.

verdict: finding stale-check
shows: error
source: Goetz et al., Java Concurrency in Practice, BadListHelper
within: 1000
"""

import threading


class GuestList:
    def __init__(self):
        self.names = []
        self.lock = threading.Lock()

    def add(self, name):
        with self.lock:
            if name not in self.names:
                self.names.append(name)


class Doorman:
    def __init__(self, guests):
        self.guests = guests
        self.lock = threading.Lock()

    def add_once(self, name):
        with self.lock:
            if name not in self.guests.names:
                self.guests.names.append(name)


guests = GuestList()
doorman = Doorman(guests)
threads = [
    threading.Thread(target=guests.add, args=("Ada",)),
    threading.Thread(target=doorman.add_once, args=("Ada",)),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(guests.names) == 1, f"guests: {guests.names}"
