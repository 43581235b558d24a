"""Each hangs out the own sign first, and takes it down again if the other's hangs there, too.

verdict: clean
"""

import threading


class Bathroom:
    def __init__(self):
        self.wants = {"Ada": False, "Ben": False}
        self.room = threading.Lock()

    def visit(self, me, other):
        self.wants[me] = True
        if self.wants[other]:
            self.wants[me] = False
            return
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
