"""The keeper leaves a mark that stays, and the sailor waits for that.

verdict: clean
options: --races
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
        self.seen.wait()


lighthouse = Lighthouse()
sailor = threading.Thread(target=lighthouse.watch)
keeper = threading.Thread(target=lighthouse.blink)
sailor.start()
keeper.start()
sailor.join()
keeper.join()
