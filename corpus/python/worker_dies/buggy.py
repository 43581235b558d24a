"""A worker stumbles over a letter without an address, is gone, and nobody counts the letter as done.

verdict: finding uncaught-exception
shows: error
source: CPython documentation, queue.Queue.task_done
within: 1000
"""

import queue
import threading

addresses = {"Ada": "1 Mill Lane"}
letters = queue.Queue()
failed = []


def carry():
    while True:
        name = letters.get()
        print("to", addresses[name])
        letters.task_done()


def move_in():
    addresses["Ben"] = "2 Mill Lane"


threading.Thread(target=carry, daemon=True).start()
newcomer = threading.Thread(target=move_in)
newcomer.start()
for name in ("Ada", "Ben"):
    letters.put(name)
letters.join()
newcomer.join()
