"""The cook rings the bell before the meal is on the counter.

verdict: finding assertion
shows: error
source: Lu et al., ASPLOS 2008, order violation
within: 1000
"""

import threading


class Counter:
    def __init__(self):
        self.meal = None
        self.bell = threading.Event()

    def serve(self, meal):
        self.bell.set()
        self.meal = meal

    def fetch(self):
        self.bell.wait()
        assert self.meal is not None, "there is no meal"
        print("eating", self.meal)


counter = Counter()
guest = threading.Thread(target=counter.fetch)
guest.start()
counter.serve("soup")
guest.join()
