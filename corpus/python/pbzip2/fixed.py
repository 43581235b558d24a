"""The main task waits for the reader before it clears the desk.

verdict: clean
options: --races
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
reader.join()
desk.pages = None
