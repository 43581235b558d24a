"""A parcel goes through one queue and back through another: one owner at a time.

verdict: clean
options: --races
"""

import queue
import threading


class Parcel:
    def __init__(self):
        self.stamps = 0


def stamp(inbox, outbox):
    for _ in range(2):
        parcel = inbox.get()
        parcel.stamps += 1
        outbox.put(parcel)


inbox, outbox = queue.Queue(), queue.SimpleQueue()
clerk = threading.Thread(target=stamp, args=(inbox, outbox))
clerk.start()
parcels = [Parcel(), Parcel()]
for parcel in parcels:
    parcel.stamps += 1
    inbox.put(parcel)
for parcel in parcels:
    back = outbox.get()
    back.stamps += 1
    assert back.stamps == 3
clerk.join()
print("every parcel has three stamps")
