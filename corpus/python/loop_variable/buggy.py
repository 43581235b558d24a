"""Each thread looks the name up when it runs, and the loop that started it has gone on to the next one by then.

verdict: finding assertion
shows: error
source: GoBench GoKer nonblocking/cockroach/35501
within: 1000
"""

import queue
import threading

invited = queue.Queue()
names = ("Ada", "Ben", "Cleo")
threads = []
for name in names:
    thread = threading.Thread(target=lambda: invited.put(name))
    threads.append(thread)
    thread.start()
for thread in threads:
    thread.join()
guests = sorted(invited.get() for _ in names)
assert guests == ["Ada", "Ben", "Cleo"], f"invited: {guests}"
