"""Everybody is woken, and looks again.

verdict: clean
options: --races
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
            self.changed.notify_all()

    def fetch(self):
        with self.changed:
            while self.meal is None:
                self.changed.wait()
            print("eating", self.meal)
            self.meal = None
            self.changed.notify_all()


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
