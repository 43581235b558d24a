"""A remover takes a box without waiting, and stops when there is none.

verdict: clean
options: --races
"""

import queue
import threading

boxes = queue.Queue()
for box in ("books", "plates", "lamp"):
    boxes.put(box)


def carry():
    while True:
        try:
            print("carrying the", boxes.get_nowait())
        except queue.Empty:
            return


removers = [threading.Thread(target=carry) for _ in range(2)]
for remover in removers:
    remover.start()
for remover in removers:
    remover.join()
