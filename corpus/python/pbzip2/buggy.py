"""The main task clears the desk when everything is written, though a reader still reads from it.

verdict: finding uncaught-exception
shows: error
source: SCTBench CB.pbzip2-0.9.4
within: 1000
"""

import queue
import threading


class Desk:
    def __init__(self):
        self.pages = queue.Queue()


def write(desk):
    for page in ("title", "story", None):
        desk.pages.put(page)


def read(desk):
    while (page := desk.pages.get()) is not None:
        print("read the", page)


desk = Desk()
writer = threading.Thread(target=write, args=(desk,))
reader = threading.Thread(target=read, args=(desk,))
writer.start()
reader.start()
writer.join()
desk.pages = None
reader.join()
