"""A worker forgets `task_done` for an empty line, and the queue's `join` waits for ever.

verdict: finding deadlock
shows: hang
source: CPython documentation, queue.Queue.task_done
within: 1000
"""

import queue
import threading

lines = queue.Queue()


def shout():
    while True:
        line = lines.get()
        if not line:
            continue
        print(line.upper())
        lines.task_done()


threading.Thread(target=shout, daemon=True).start()
for line in ("tea", "", "milk"):
    lines.put(line)
lines.join()
print("all lines done")
