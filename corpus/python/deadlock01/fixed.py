"""Both take the oven first, then the sink.

verdict: clean
options: --races
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
    oven.acquire()
    sink.acquire()
    dishes.append("clean pan")
    sink.release()
    oven.release()


threads = [threading.Thread(target=cook), threading.Thread(target=clean)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(*dishes, sep=", ")
