"""Two guests wait for bread, both are woken, and the second one does not look again whether some is left.

verdict: finding uncaught-exception
shows: error
source: Bloch, Effective Java, item 81
within: 1000
"""

import threading

changed = threading.Condition()
loaves = []


def buy():
    with changed:
        if not loaves:
            changed.wait()
        print("bought", loaves.pop())


def bake(loaf):
    with changed:
        loaves.append(loaf)
        changed.notify_all()


guests = [threading.Thread(target=buy) for _ in range(2)]
for guest in guests:
    guest.start()
bake("rye")
bake("oat")
for guest in guests:
    guest.join()
