"""A stop flag is written and read with nothing to order the two: with `--races`, a finding.

verdict: finding data-race
shows: output
source: Goetz et al., Java Concurrency in Practice, NoVisibility
options: --races
within: 1000
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
