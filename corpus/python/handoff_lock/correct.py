"""A letter is finished, then laid on a desk under a lock, and read after it was taken from there.

verdict: clean
options: --races
"""

import threading


class Letter:
    def __init__(self):
        self.text = ""


class Desk:
    def __init__(self):
        self.letter = None
        self.lock = threading.Lock()


def write(desk):
    letter = Letter()
    letter.text = "hello"
    with desk.lock:
        desk.letter = letter


def read(desk):
    with desk.lock:
        letter = desk.letter
    print(letter.text if letter else "no letter yet")


desk = Desk()
threads = [threading.Thread(target=task, args=(desk,)) for task in (write, read)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
