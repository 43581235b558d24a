"""The cook takes the oven, then the sink; the helper takes the sink, then the oven: each holds what the other wants.

verdict: finding deadlock
shows: hang
source: SCTBench CS.deadlock01_bad
within: 1000
"""

import threading

oven = threading.Lock()
sink = threading.Lock()
dishes = []


def cook():
    oven.acquire()
    sink.acquire()
    dishes.append("roast")
    sink.release()
    oven.release()


def clean():
    sink.acquire()
    oven.acquire()
    dishes.append("clean pan")
    oven.release()
    sink.release()


threads = [threading.Thread(target=cook), threading.Thread(target=clean)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(*dishes, sep=", ")
