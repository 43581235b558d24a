"""A producer tests a stop event, then waits in `put` on a full queue that nobody empties any more.

verdict: finding deadlock
shows: hang
source: GoBench GoKer blocking/cockroach/18101
within: 1000
"""

import queue
import threading
import time

readings = queue.Queue(maxsize=2)
stop = threading.Event()


def measure():
    number = 0
    while not stop.is_set():
        readings.put(number)
        number += 1


def show():
    for _ in range(3):
        reading = readings.get()
        time.sleep(0.01)  # a slow screen
        print("reading", reading)
    stop.set()


threads = [threading.Thread(target=measure), threading.Thread(target=show)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
