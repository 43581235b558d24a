"""One list is copied into another by its length, then its items: another task strikes items in between.

verdict: finding uncaught-exception
shows: error
source: SCTBench CB.stringbuffer-jdk1.4 (Flanagan and Qadeer, PLDI 2003)
within: 1000
"""

import threading


class ShoppingList:
    def __init__(self, *items):
        self.items = list(items)
        self.lock = threading.Lock()

    def length(self):
        with self.lock:
            return len(self.items)

    def item(self, place):
        with self.lock:
            return self.items[place]

    def strike(self):
        with self.lock:
            self.items.pop()

    def append(self, other):
        with self.lock:
            for place in range(other.length()):
                self.items.append(other.item(place))


mine = ShoppingList("tea")
yours = ShoppingList("milk", "bread")
adder = threading.Thread(target=mine.append, args=(yours,))
striker = threading.Thread(target=yours.strike)
adder.start()
striker.start()
adder.join()
striker.join()
print(mine.items)
