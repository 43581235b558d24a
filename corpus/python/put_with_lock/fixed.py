"""The clerk writes the list, gives it back, and puts the parcel on the counter then.

verdict: clean
options: --races
"""

import queue
import threading

counter = queue.Queue(maxsize=1)
list_lock = threading.Lock()
waiting = []


def bring():
    for parcel in ("books", "shoes", "lamp"):
        with list_lock:
            waiting.append(parcel)
        counter.put(parcel)


def fetch():
    for _ in range(3):
        parcel = counter.get()
        with list_lock:
            waiting.remove(parcel)


threads = [threading.Thread(target=bring), threading.Thread(target=fetch)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not waiting
