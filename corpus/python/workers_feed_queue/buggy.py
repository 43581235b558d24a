"""Two workers cut logs and put the halves back into the queue they take from: it is full, and both wait to put.

verdict: finding deadlock
shows: hang
source: GoBench GoKer blocking/cockroach/24808
within: 1000
"""

import queue
import threading

logs = queue.Queue(maxsize=2)
logs.put(2)
logs.put(2)


def cut():
    for _ in range(3):
        length = logs.get()
        if length > 1:
            logs.put(length / 2)
            logs.put(length / 2)


workers = [threading.Thread(target=cut) for _ in range(2)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
print("all logs are cut")
