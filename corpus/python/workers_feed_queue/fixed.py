"""The queue has room for all that can be in it.

verdict: clean
options: --races
"""

import queue
import threading

logs = queue.Queue()
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
