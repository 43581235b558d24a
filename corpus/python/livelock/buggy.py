"""Two people let each other through the door first: both spin on a flag that nobody sets.

verdict: finding livelock
shows: hang
source: Goetz et al., Java Concurrency in Practice, livelock
within: 1000
"""

import threading


class Person:
    def __init__(self, name):
        self.name = name
        self.passed = False


def pass_door(me, other):
    while not other.passed:
        pass  # after you
    me.passed = True
    print(f"{me.name} is through")


ada, ben = Person("Ada"), Person("Ben")
threads = [
    threading.Thread(target=pass_door, args=(ada, ben)),
    threading.Thread(target=pass_door, args=(ben, ada)),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
