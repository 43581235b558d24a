"""The packer counts rounds instead of loaves: after a round without a loaf it expects the wrong one.

verdict: finding assertion
shows: error
source: SCTBench CS.circular_buffer_bad
within: 1000
"""

import threading


class Belt:
    def __init__(self, places):
        self.places = [None] * places
        self.first = self.next = 0
        self.loaded = False
        self.lock = threading.Lock()

    def bake(self):
        for number in range(3):
            with self.lock:
                if not self.loaded:
                    self.places[self.next] = number
                    self.next = (self.next + 1) % len(self.places)
                    self.loaded = True

    def pack(self):
        for number in range(3):
            with self.lock:
                if self.loaded:
                    assert self.places[self.first] == number, "a loaf is missing"
                    self.first = (self.first + 1) % len(self.places)
                    self.loaded = False


belt = Belt(2)
threads = [threading.Thread(target=belt.bake), threading.Thread(target=belt.pack)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
