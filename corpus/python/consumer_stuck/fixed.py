"""A consumer is stopped by a last item in the queue, so it handles every order and then ends.

verdict: clean
options: --races
"""

import queue
import threading

orders = queue.Queue(maxsize=2)
packed = []


def pack():
    while True:
        order = orders.get()
        if order is None:
            break
        packed.append(order)
        print("packed", order)


packer = threading.Thread(target=pack)
packer.start()
for order in ("tea", "milk", "bread"):
    orders.put(order)
orders.put(None)
packer.join()
assert packed == ["tea", "milk", "bread"]
