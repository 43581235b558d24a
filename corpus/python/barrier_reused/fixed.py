"""The gate of each round is one of its own, and nobody shuts it.

verdict: clean
options: --races
"""

import threading


class Gate:
    def __init__(self, walkers):
        self.walkers = walkers
        self.waiting = 0
        self.lock = threading.Lock()
        self.open = threading.Event()

    def meet(self):
        with self.lock:
            self.waiting += 1
            gate = self.open
            if self.waiting == self.walkers:
                self.waiting = 0
                self.open = threading.Event()
                gate.set()
        gate.wait()


def walk(gate):
    for _ in range(2):
        gate.meet()


gate = Gate(2)
walkers = [threading.Thread(target=walk, args=(gate,)) for _ in range(2)]
for walker in walkers:
    walker.start()
for walker in walkers:
    walker.join()
