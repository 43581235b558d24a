"""Two removers look whether there is a box left and then wait for one, but the other has taken it.

verdict: finding deadlock
shows: hang
source: CPython documentation, queue.Queue.empty
within: 1000
"""

import queue
import threading

boxes = queue.Queue()
for box in ("books", "plates", "lamp"):
    boxes.put(box)


def carry():
    while not boxes.empty():
        print("carrying the", boxes.get())


removers = [threading.Thread(target=carry) for _ in range(2)]
for remover in removers:
    remover.start()
for remover in removers:
    remover.join()
