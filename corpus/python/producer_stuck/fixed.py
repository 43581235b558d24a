"""A producer waits in `put` for a while only, then looks at the stop event again.

verdict: clean
"""

import queue
import threading
import time

readings = queue.Queue(maxsize=2)
stop = threading.Event()


def measure():
    number = 0
    while not stop.is_set():
        try:
            readings.put(number, timeout=0.1)
        except queue.Full:
            continue
        number += 1


def show():
    for expected in range(3):
        reading = readings.get()
        assert reading == expected
        time.sleep(0.01)  # a slow screen
        print("reading", reading)
    stop.set()


threads = [threading.Thread(target=measure), threading.Thread(target=show)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
