"""The letter is counted as done whatever happens to it.

verdict: clean
"""

import queue
import threading

addresses = {"Ada": "1 Mill Lane"}
letters = queue.Queue()
failed = []


def carry():
    while True:
        name = letters.get()
        try:
            print("to", addresses[name])
        except KeyError:
            failed.append(name)
        finally:
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
