"""Double-checked locking that shows the phone book before it is filled: who looks without the lock finds it empty.

verdict: finding uncaught-exception
shows: error
source: Farchi, Nir and Ur, IPDPS 2003, double-checked locking
within: 1000
"""

import threading


class Office:
    def __init__(self):
        self.book = None
        self.lock = threading.Lock()

    def phone_book(self):
        if self.book is None:
            with self.lock:
                if self.book is None:
                    self.book = {}
                    self.book["Ada"] = "555-01"
                    self.book["Ben"] = "555-02"
        return self.book


def call(office, name):
    print(name, "has", office.phone_book()[name])


office = Office()
callers = [threading.Thread(target=call, args=(office, name)) for name in ("Ada", "Ben")]
for caller in callers:
    caller.start()
for caller in callers:
    caller.join()
