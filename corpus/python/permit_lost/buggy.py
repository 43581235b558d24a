"""A rower who does not know the way yet goes home with the boat, and the next who wants it waits for ever.

verdict: finding deadlock
shows: hang
source: CPython documentation, threading.Semaphore
within: 1000
"""

import threading

boats = threading.Semaphore(1)
back = []


def row(name, guide):
    boats.acquire()
    if guide is not None and guide not in back:
        print(f"{name} does not know the way")
        return
    back.append(name)
    boats.release()


rowers = [threading.Thread(target=row, args=args) for args in (("Ada", None), ("Ben", "Ada"))]
for rower in rowers:
    rower.start()
for rower in rowers:
    rower.join()
