"""Everybody comes to the meeting place, with a basket or without.

verdict: clean
options: --races
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
    take()
    meeting_place.wait()


walkers = [threading.Thread(target=walk) for _ in range(3)]
for walker in walkers:
    walker.start()
dog = threading.Thread(target=take)
dog.start()
for walker in walkers:
    walker.join()
dog.join()
