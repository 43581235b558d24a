"""The clerk puts a parcel on a full counter while holding the list that the customer needs to take one.

verdict: finding deadlock
shows: hang
source: GoBench GoKer blocking/kubernetes/10182
within: 1000
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
