"""Two workers both see that the queue is not empty, and the second gets nothing from `get_nowait`.

verdict: finding uncaught-exception
shows: error
source: CPython documentation, queue.Queue.empty
within: 1000
"""

import queue
import threading

jobs = queue.Queue()
for name in ("scan", "print", "fax"):
    jobs.put(name)


def work():
    while not jobs.empty():
        job = jobs.get_nowait()
        print("done:", job)


workers = [threading.Thread(target=work) for _ in range(2)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
