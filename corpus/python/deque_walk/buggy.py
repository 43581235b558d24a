"""A tour guide counts the group while a straggler joins it, and the count breaks off with an error.

verdict: finding uncaught-exception
shows: error
source: Goetz et al., Java Concurrency in Practice, HiddenIterator
within: 1000
"""

import threading
from collections import deque

lock = threading.Lock()
group = deque(["Ada", "Ben"])


def count():
    present = 0
    for _ in group:
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
