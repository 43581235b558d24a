"""An early return releases a bounded semaphore, and `finally` releases it again.

verdict: finding uncaught-exception
shows: error
source: GoBench GoKer nonblocking/kubernetes/13058
within: 1000
"""

import threading

slots = threading.BoundedSemaphore(2)


def upload(name):
    slots.acquire()
    try:
        if name.endswith(".tmp"):
            slots.release()
            return
        print("uploaded", name)
    finally:
        slots.release()


uploads = [threading.Thread(target=upload, args=(name,)) for name in ("notes.tmp", "notes.txt")]
for thread in uploads:
    thread.start()
for thread in uploads:
    thread.join()
