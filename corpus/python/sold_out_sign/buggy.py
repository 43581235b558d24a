"""The ticket office counts what is sold and hangs up the sign later, and a window sells one more in between.

verdict: finding assertion
shows: error
source: IBM ConTest benchmark, airlinestickets
within: 1000
"""

import threading


class Office:
    def __init__(self, seats):
        self.seats = seats
        self.sold = 0
        self.sold_out = False
        self.lock = threading.Lock()

    def sell(self):
        if self.sold_out:
            return
        with self.lock:
            self.sold += 1
        if self.sold == self.seats:
            self.sold_out = True


office = Office(1)
windows = [threading.Thread(target=office.sell) for _ in range(2)]
for window in windows:
    window.start()
for window in windows:
    window.join()
assert office.sold <= office.seats, f"{office.sold} tickets for {office.seats} seat"
