"""The last one opens the gate and the first one through shuts it again, before the other has passed.

verdict: finding deadlock
shows: hang
source: Downey, The Little Book of Semaphores, reusable barrier non-solution
within: 1000
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
            if self.waiting == self.walkers:
                self.waiting = 0
                self.open.set()
        self.open.wait()
        self.open.clear()


def walk(gate):
    for _ in range(2):
        gate.meet()


gate = Gate(2)
walkers = [threading.Thread(target=walk, args=(gate,)) for _ in range(2)]
for walker in walkers:
    walker.start()
for walker in walkers:
    walker.join()
