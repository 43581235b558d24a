"""Guests and cook wait on one condition, and a notify that is meant for the cook wakes the other guest.

verdict: finding deadlock
shows: hang
source: SCTBench Inspect.boundedBuffer
within: 1000
"""

import threading


class Counter:
    def __init__(self):
        self.meal = None
        self.changed = threading.Condition()

    def serve(self, meal):
        with self.changed:
            while self.meal is not None:
                self.changed.wait()
            self.meal = meal
            self.changed.notify()

    def fetch(self):
        with self.changed:
            while self.meal is None:
                self.changed.wait()
            print("eating", self.meal)
            self.meal = None
            self.changed.notify()


def cook(counter):
    for meal in ("soup", "stew"):
        counter.serve(meal)


counter = Counter()
threads = [threading.Thread(target=counter.fetch) for _ in range(2)]
threads.append(threading.Thread(target=cook, args=(counter,)))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
