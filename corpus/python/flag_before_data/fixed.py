"""The cook rings the bell when the meal is on the counter.

verdict: clean
options: --races
"""

import threading


class Counter:
    def __init__(self):
        self.meal = None
        self.bell = threading.Event()

    def serve(self, meal):
        self.meal = meal
        self.bell.set()

    def fetch(self):
        self.bell.wait()
        assert self.meal is not None, "there is no meal"
        print("eating", self.meal)


counter = Counter()
guest = threading.Thread(target=counter.fetch)
guest.start()
counter.serve("soup")
guest.join()
