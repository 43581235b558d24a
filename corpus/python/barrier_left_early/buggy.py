"""A walker whose basket the dog has eaten goes home, and the others wait at the meeting place for three.

verdict: finding deadlock
shows: hang
source: CPython documentation, threading.Barrier
within: 1000
"""

import queue
import threading

meeting_place = threading.Barrier(3)
baskets = queue.Queue()
for basket in ("bread", "cheese", "wine"):
    baskets.put(basket)


def take():
    try:
        return baskets.get_nowait()
    except queue.Empty:
        return None


def walk():
    if take() is None:
        return
    meeting_place.wait()


walkers = [threading.Thread(target=walk) for _ in range(3)]
for walker in walkers:
    walker.start()
dog = threading.Thread(target=take)
dog.start()
for walker in walkers:
    walker.join()
dog.join()
