"""The list copies itself in one step, under its own lock.

verdict: clean
options: --races
"""

import threading


class ShoppingList:
    def __init__(self, *items):
        self.items = list(items)
        self.lock = threading.Lock()

    def copy(self):
        with self.lock:
            return list(self.items)

    def strike(self):
        with self.lock:
            self.items.pop()

    def append(self, other):
        with self.lock:
            for item in other.copy():
                self.items.append(item)


mine = ShoppingList("tea")
yours = ShoppingList("milk", "bread")
adder = threading.Thread(target=mine.append, args=(yours,))
striker = threading.Thread(target=yours.strike)
adder.start()
striker.start()
adder.join()
striker.join()
print(mine.items)
