"""Looking and shutting are one step, under a lock.

verdict: clean
options: --races
"""

import threading


class Safe:
    def __init__(self):
        self.shut = threading.Event()
        self.lock = threading.Lock()

    def turn_key(self):
        if self.shut.is_set():
            raise ValueError("the safe is shut already")
        self.shut.set()

    def close(self):
        with self.lock:
            if not self.shut.is_set():
                self.turn_key()


safe = Safe()
heirs = [threading.Thread(target=safe.close) for _ in range(2)]
for heir in heirs:
    heir.start()
for heir in heirs:
    heir.join()
