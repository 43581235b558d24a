"""The guide counts a copy that is made under the lock under which stragglers join.

verdict: clean
options: --races
"""

import threading
from collections import deque

lock = threading.Lock()
group = deque(["Ada", "Ben"])


def count():
    present = 0
    with lock:
        everybody = list(group)
    for _ in everybody:
        present += 1
    print(present, "are here")


def join():
    with lock:
        group.append("Cleo")


guide = threading.Thread(target=count)
straggler = threading.Thread(target=join)
guide.start()
straggler.start()
guide.join()
straggler.join()
