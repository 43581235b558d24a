"""A reader waits for an event that the loader sets: the event puts them in order.

verdict: clean
options: --races
"""

import threading

lock = threading.Lock()
loaded = threading.Event()
settings = {}


def load():
    with lock:
        settings["timeout"] = 30
    loaded.set()


def serve():
    loaded.wait()
    with lock:
        timeout = settings["timeout"]
    print(f"waiting {timeout} seconds for customers")


loader = threading.Thread(target=load)
server = threading.Thread(target=serve)
loader.start()
server.start()
loader.join()
server.join()
