"""A consumer tests a stop event, then waits in `get` for an item that will never come.

verdict: finding deadlock
shows: hang
source: GoBench GoKer blocking/kubernetes/38669
within: 1000
"""

import queue
import threading

orders = queue.Queue(maxsize=2)
stop = threading.Event()


def pack():
    while not stop.is_set():
        order = orders.get()
        print("packed", order)


packer = threading.Thread(target=pack)
packer.start()
for order in ("tea", "milk", "bread"):
    orders.put(order)
stop.set()
packer.join()
