"""A task returns early and ends with a lock held that another task wants.

verdict: finding lock-leaked
shows: hang
source: GoBench GoKer blocking/moby/17176
within: 1000
"""

import threading

messages = []
lock = threading.Lock()


def post(text):
    lock.acquire()
    if not text:
        return
    messages.append(text)
    lock.release()


posters = [threading.Thread(target=post, args=(text,)) for text in ("", "hello")]
for poster in posters:
    poster.start()
for poster in posters:
    poster.join()
print("messages:", messages)
