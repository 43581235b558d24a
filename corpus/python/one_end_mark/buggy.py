"""There is one end mark for two packers: if one takes it while the other waits for a parcel, that one waits for ever.

verdict: finding deadlock
shows: hang
source: CPython documentation, queue.Queue.get
within: 1000
"""

import queue
import threading

parcels = queue.Queue()
closed = threading.Event()


def pack():
    while not closed.is_set():
        parcel = parcels.get()
        if parcel is None:
            closed.set()
            return
        print("packed", parcel)


packers = [threading.Thread(target=pack) for _ in range(2)]
for packer in packers:
    packer.start()
parcels.put("books")
parcels.put(None)
for packer in packers:
    packer.join()
