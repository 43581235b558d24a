"""Two readers of a menu both want to write into it, and each waits for the other to stop reading.

verdict: finding deadlock
shows: hang
source: Downey, The Little Book of Semaphores, readers and writers
within: 1000
"""

import threading


class Menu:
    def __init__(self):
        self.dishes = ["soup"]
        self.readers = 0
        self.changed = threading.Condition()

    def start_reading(self):
        with self.changed:
            self.readers += 1

    def stop_reading(self):
        with self.changed:
            self.readers -= 1
            self.changed.notify_all()

    def write(self, dish, others):
        with self.changed:
            self.changed.wait_for(lambda: self.readers == others)
            if dish not in self.dishes:
                self.dishes.append(dish)


def add(menu, dish):
    menu.start_reading()
    menu.write(dish, 1)  # all but me
    menu.stop_reading()


menu = Menu()
cooks = [threading.Thread(target=add, args=(menu, dish)) for dish in ("stew", "cake")]
for cook in cooks:
    cook.start()
for cook in cooks:
    cook.join()
