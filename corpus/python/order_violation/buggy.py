"""A reader may run before the loader: a lock keeps them apart but does not put them in order.

verdict: finding uncaught-exception
shows: error
source: Lu et al., ASPLOS 2008, order violation
within: 1000
"""

import threading

lock = threading.Lock()
settings = {}


def load():
    with lock:
        settings["timeout"] = 30


def serve():
    with lock:
        timeout = settings["timeout"]
    print(f"waiting {timeout} seconds for customers")


loader = threading.Thread(target=load)
server = threading.Thread(target=serve)
loader.start()
server.start()
loader.join()
server.join()
