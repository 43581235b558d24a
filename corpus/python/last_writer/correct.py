"""Two threads overwrite one attribute without reading it: the last one wins, and no update is lost.

verdict: clean
"""

import threading


class Status:
    def __init__(self):
        self.last_seen = "nobody"


def visit(status, name):
    status.last_seen = name


status = Status()
visitors = [threading.Thread(target=visit, args=(status, name)) for name in ("Ada", "Ben")]
for visitor in visitors:
    visitor.start()
for visitor in visitors:
    visitor.join()
assert status.last_seen in ("Ada", "Ben")
print("last seen:", status.last_seen)
