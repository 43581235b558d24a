"""Each task releases a bounded semaphore once, because only `with` does it.

verdict: clean
"""

import threading

slots = threading.BoundedSemaphore(2)


def upload(name):
    with slots:
        if name.endswith(".tmp"):
            return
        print("uploaded", name)


uploads = [threading.Thread(target=upload, args=(name,)) for name in ("notes.tmp", "notes.txt")]
for thread in uploads:
    thread.start()
for thread in uploads:
    thread.join()
