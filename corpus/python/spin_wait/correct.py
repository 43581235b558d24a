"""The main task spins on a flag that a thread sets: wasteful, but it always ends.

verdict: clean
"""

import threading


class Loader:
    def __init__(self):
        self.ready = False
        self.rows = []

    def load(self):
        self.rows = ["tea", "milk"]
        self.ready = True


loader = Loader()
thread = threading.Thread(target=loader.load)
thread.start()
while not loader.ready:
    pass
assert loader.rows == ["tea", "milk"]
print(f"{len(loader.rows)} rows loaded")
thread.join()
