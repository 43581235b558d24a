"""Two heirs both find the safe open, and both shut it: the second shut is an error.

verdict: finding uncaught-exception
shows: error
source: Tu et al., ASPLOS 2019, a channel closed twice (Docker)
within: 1000
"""

import threading


class Safe:
    def __init__(self):
        self.shut = threading.Event()

    def turn_key(self):
        if self.shut.is_set():
            raise ValueError("the safe is shut already")
        self.shut.set()

    def close(self):
        if not self.shut.is_set():
            self.turn_key()


safe = Safe()
heirs = [threading.Thread(target=safe.close) for _ in range(2)]
for heir in heirs:
    heir.start()
for heir in heirs:
    heir.join()
