"""The phone book is filled first and shown then.

verdict: clean
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
                    book = {}
                    book["Ada"] = "555-01"
                    book["Ben"] = "555-02"
                    self.book = book
        return self.book


def call(office, name):
    print(name, "has", office.phone_book()[name])


office = Office()
callers = [threading.Thread(target=call, args=(office, name)) for name in ("Ada", "Ben")]
for caller in callers:
    caller.start()
for caller in callers:
    caller.join()
