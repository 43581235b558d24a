"""A porter loads the lift only where its limit allows it, and looks under the lock.

verdict: clean
options: --races
"""

import threading

lock = threading.Lock()
LIMIT = 250
load = 0


def load_box():
    global load
    with lock:
        if load + 100 <= LIMIT:
            load += 100


def load_crate():
    global load
    with lock:
        if load + 200 <= LIMIT:
            load += 200


def inspect():
    with lock:
        assert load <= LIMIT, f"the lift carries {load} kg"


threads = [threading.Thread(target=target) for target in (load_box, inspect, load_crate)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
