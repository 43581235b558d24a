"""Each thread is handed the name that the loop has when it starts it.

verdict: clean
options: --races
"""

import queue
import threading

invited = queue.Queue()
names = ("Ada", "Ben", "Cleo")
threads = []
for name in names:
    thread = threading.Thread(target=lambda name=name: invited.put(name))
    threads.append(thread)
    thread.start()
for thread in threads:
    thread.join()
guests = sorted(invited.get() for _ in names)
assert guests == ["Ada", "Ben", "Cleo"], f"invited: {guests}"
