"""A guest looks again each time it is woken.

verdict: clean
options: --races
"""

import threading

changed = threading.Condition()
loaves = []


def buy():
    with changed:
        while not loaves:
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
