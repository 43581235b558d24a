"""Whatever way the drive ends, the driver tells those who wait.

verdict: clean
options: --races
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
                    self.changed.notify_all()
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
