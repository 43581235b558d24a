"""Baker and packer wait for their turn on a condition, so that each round has its loaf.

verdict: clean
options: --races
"""

import threading


class Belt:
    def __init__(self, places):
        self.places = [None] * places
        self.first = self.next = 0
        self.loaded = False
        self.turn = threading.Condition()

    def bake(self):
        for number in range(3):
            with self.turn:
                self.turn.wait_for(lambda: not self.loaded)
                self.places[self.next] = number
                self.next = (self.next + 1) % len(self.places)
                self.loaded = True
                self.turn.notify()

    def pack(self):
        for number in range(3):
            with self.turn:
                self.turn.wait_for(lambda: self.loaded)
                assert self.places[self.first] == number, "a loaf is missing"
                self.first = (self.first + 1) % len(self.places)
                self.loaded = False
                self.turn.notify()


belt = Belt(2)
threads = [threading.Thread(target=belt.bake), threading.Thread(target=belt.pack)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
