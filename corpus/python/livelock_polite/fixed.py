"""Two hungry diners share a spoon: whoever has it eats, then lays it down.

verdict: clean
"""

import threading


class Diner:
    def __init__(self, name):
        self.name = name
        self.hungry = True


def dine(me, spoon):
    with spoon:
        me.hungry = False
        print(f"{me.name} has eaten")


ada, ben = Diner("Ada"), Diner("Ben")
spoon = threading.Lock()
threads = [
    threading.Thread(target=dine, args=(ada, spoon)),
    threading.Thread(target=dine, args=(ben, spoon)),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not ada.hungry and not ben.hungry
