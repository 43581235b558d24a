"""Two porters load a lift without a look at its limit, and the inspector finds it overloaded if both come first.

verdict: finding assertion
shows: error
source: SCTBench CS.lazy01_bad
within: 1000
"""

import threading

lock = threading.Lock()
LIMIT = 250
load = 0


def load_box():
    global load
    with lock:
        load += 100


def load_crate():
    global load
    with lock:
        load += 200


def inspect():
    with lock:
        assert load <= LIMIT, f"the lift carries {load} kg"


threads = [threading.Thread(target=target) for target in (load_box, inspect, load_crate)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
