"""Workers take a job and learn from `queue.Empty` that there is none left: one step instead of two.

verdict: clean
"""

import queue
import threading

jobs = queue.Queue()
for name in ("scan", "print", "fax"):
    jobs.put(name)


def work():
    while True:
        try:
            job = jobs.get_nowait()
        except queue.Empty:
            return
        print("done:", job)


workers = [threading.Thread(target=work) for _ in range(2)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
assert jobs.empty()
