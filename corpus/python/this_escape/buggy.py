"""A new member signs up with the club before it has a name, and the club greets it right away.

verdict: finding uncaught-exception
shows: error
source: Goetz et al., Java Concurrency in Practice, ThisEscape
within: 1000
"""

import queue
import threading

arrivals = queue.Queue()


class Member:
    def __init__(self, name):
        arrivals.put(self)
        self.name = name


def greet():
    member = arrivals.get()
    print("welcome", member.name)


porter = threading.Thread(target=greet)
porter.start()
Member("Ada")
porter.join()
