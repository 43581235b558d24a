"""Two hungry diners hand their only spoon to each other for ever: neither eats first.

verdict: finding livelock
within: 1000
"""

import threading


class Diner:
    def __init__(self, name):
        self.name = name
        self.hungry = True


class Spoon:
    def __init__(self, owner):
        self.owner = owner
        self.lock = threading.Lock()


def dine(me, partner, spoon):
    while me.hungry:
        with spoon.lock:
            if spoon.owner is me:
                if partner.hungry:
                    spoon.owner = partner  # you first
                else:
                    me.hungry = False


ada, ben = Diner("Ada"), Diner("Ben")
spoon = Spoon(ada)
threads = [
    threading.Thread(target=dine, args=(ada, ben, spoon)),
    threading.Thread(target=dine, args=(ben, ada, spoon)),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
