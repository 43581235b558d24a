"""The keeper lights the lamp and puts it out again, and a sailor who looks too late waits for the light for ever.

verdict: finding livelock
shows: hang
source: Lu et al., ASPLOS 2008, order violation
within: 1000
"""

import threading


class Lighthouse:
    def __init__(self):
        self.lit = False
        self.seen = threading.Event()

    def blink(self):
        self.lit = True
        self.seen.set()
        self.lit = False

    def watch(self):
        while not self.lit:
            pass


lighthouse = Lighthouse()
sailor = threading.Thread(target=lighthouse.watch)
keeper = threading.Thread(target=lighthouse.blink)
sailor.start()
keeper.start()
sailor.join()
keeper.join()
