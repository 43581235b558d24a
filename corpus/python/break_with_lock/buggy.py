"""A guard who finds no open door leaves the round with the lock in hand, and the other guard waits for ever.

verdict: finding lock-leaked
shows: hang
source: GoBench GoKer blocking/cockroach/584
within: 1000
"""

import threading

lock = threading.Lock()
open_doors = ["garden", "garage"]


def go_round(name):
    for _ in range(2):
        lock.acquire()
        if not open_doors:
            break
        print(f"{name} shuts the {open_doors.pop()} door")
        lock.release()


guards = [threading.Thread(target=go_round, args=(name,)) for name in ("Ada", "Ben")]
for guard in guards:
    guard.start()
for guard in guards:
    guard.join()
