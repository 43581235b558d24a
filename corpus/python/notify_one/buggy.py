"""Two customers wait for the shop to open, and `notify` wakes only one of them.

verdict: finding deadlock
shows: hang
source: Birrell, An Introduction to Programming with Threads, signal instead of broadcast
within: 1000
"""

import threading
import time


class Shop:
    def __init__(self):
        self.open = False
        self.changed = threading.Condition()

    def enter(self, name):
        with self.changed:
            while not self.open:
                self.changed.wait()
        print(f"{name} is in")

    def open_doors(self):
        with self.changed:
            self.open = True
            self.changed.notify()


shop = Shop()
customers = [threading.Thread(target=shop.enter, args=(name,)) for name in ("Ada", "Ben")]
for customer in customers:
    customer.start()
time.sleep(0.01)  # turn on the lights
shop.open_doors()
for customer in customers:
    customer.join()
