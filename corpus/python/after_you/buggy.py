"""Each of two people looks whether the other is in the bathroom before hanging out the own sign: both go in.

verdict: finding assertion
shows: error
source: Dijkstra, Cooperating sequential processes, first attempts
within: 1000
"""

import threading


class Bathroom:
    def __init__(self):
        self.wants = {"Ada": False, "Ben": False}
        self.room = threading.Lock()

    def visit(self, me, other):
        if self.wants[other]:
            return
        self.wants[me] = True
        alone = self.room.acquire(blocking=False)
        assert alone, "two are in"
        self.room.release()
        self.wants[me] = False


bathroom = Bathroom()
people = [
    threading.Thread(target=bathroom.visit, args=("Ada", "Ben")),
    threading.Thread(target=bathroom.visit, args=("Ben", "Ada")),
]
for person in people:
    person.start()
for person in people:
    person.join()
