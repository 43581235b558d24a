"""A lone stop flag is a race that does no harm: a note by default, a finding only with `--races`.

verdict: clean
"""

import threading
import time


class Clock:
    def __init__(self):
        self.running = True

    def run(self):
        while self.running:
            time.sleep(0.1)


clock = Clock()
thread = threading.Thread(target=clock.run)
thread.start()
time.sleep(0.25)
clock.running = False
thread.join()
print("the clock has stopped")
