"""A meter is read without the lock, and written under it only if nothing has changed since.

verdict: clean
"""

import threading


class Meter:
    def __init__(self):
        self.reading = 0
        self.lock = threading.Lock()

    def advance(self, step):
        while True:
            seen = self.reading
            wanted = seen + step
            with self.lock:
                if self.reading == seen:
                    self.reading = wanted
                    return


meter = Meter()
threads = [threading.Thread(target=meter.advance, args=(step,)) for step in (1, 10)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert meter.reading == 11
print("the meter shows", meter.reading)
