"""The bus driver breaks down and goes home without a word to those who wait for the bus.

verdict: finding deadlock
shows: hang
source: GoBench GoKer blocking/moby/30408
within: 1000
"""

import threading


class Bus:
    def __init__(self):
        self.there = self.broken = False
        self.changed = threading.Condition()

    def drive(self, stops):
        for stop in range(stops):
            if stop == 2:
                with self.changed:
                    self.broken = True
                return
        with self.changed:
            self.there = True
            self.changed.notify_all()

    def wait(self):
        with self.changed:
            while not (self.there or self.broken):
                self.changed.wait()


bus = Bus()
traveller = threading.Thread(target=bus.wait)
driver = threading.Thread(target=bus.drive, args=(4,))
traveller.start()
driver.start()
driver.join()
traveller.join()
