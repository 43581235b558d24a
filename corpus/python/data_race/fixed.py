"""A stop event orders the stop before the last look at it, and ends the wait at once.

verdict: clean
options: --races
"""

import threading
import time


class Clock:
    def __init__(self):
        self.stop = threading.Event()

    def run(self):
        while not self.stop.wait(0.1):
            pass


clock = Clock()
thread = threading.Thread(target=clock.run)
thread.start()
time.sleep(0.25)
clock.stop.set()
thread.join()
print("the clock has stopped")
