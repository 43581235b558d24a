"""The lock is given back on the way out of the loop, too.

verdict: clean
options: --races
"""

import threading

lock = threading.Lock()
open_doors = ["garden", "garage"]


def go_round(name):
    for _ in range(2):
        lock.acquire()
        if not open_doors:
            lock.release()
            break
        print(f"{name} shuts the {open_doors.pop()} door")
        lock.release()


guards = [threading.Thread(target=go_round, args=(name,)) for name in ("Ada", "Ben")]
for guard in guards:
    guard.start()
for guard in guards:
    guard.join()
