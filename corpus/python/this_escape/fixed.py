"""The member signs up when it is complete.

verdict: clean
options: --races
"""

import queue
import threading

arrivals = queue.Queue()


class Member:
    def __init__(self, name):
        self.name = name
        arrivals.put(self)


def greet():
    member = arrivals.get()
    print("welcome", member.name)


porter = threading.Thread(target=greet)
porter.start()
Member("Ada")
porter.join()
