"""Who takes the end mark puts it back for the other.

verdict: clean
options: --races
"""

import queue
import threading

parcels = queue.Queue()


def pack():
    while True:
        parcel = parcels.get()
        if parcel is None:
            parcels.put(None)
            return
        print("packed", parcel)


packers = [threading.Thread(target=pack) for _ in range(2)]
for packer in packers:
    packer.start()
parcels.put("books")
parcels.put(None)
for packer in packers:
    packer.join()
