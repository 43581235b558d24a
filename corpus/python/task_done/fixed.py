"""A worker calls `task_done` once for every item it gets, so the queue's `join` ends.

verdict: clean
"""

import queue
import threading

lines = queue.Queue()


def shout():
    while True:
        line = lines.get()
        try:
            if line:
                print(line.upper())
        finally:
            lines.task_done()


threading.Thread(target=shout, daemon=True).start()
for line in ("tea", "", "milk"):
    lines.put(line)
lines.join()
print("all lines done")
