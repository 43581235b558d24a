"""Looking and taking are under one lock.

verdict: clean
options: --races
"""

import threading


class Pile:
    def __init__(self):
        self.below = {"top": "middle", "middle": "bottom", "bottom": None}
        self.top = "top"
        self.lock = threading.Lock()

    def take(self):
        with self.lock:
            plate = self.top
            self.top = self.below[plate]
            return plate

    def put(self, plate):
        with self.lock:
            self.below[plate] = self.top
            self.top = plate


def use_two(pile):
    first, second = pile.take(), pile.take()
    if first and second:
        in_use.append(second)
        pile.put(first)


pile, in_use = Pile(), []
helper = threading.Thread(target=use_two, args=(pile,))
helper.start()
mine = pile.take()
helper.join()
assert pile.top not in in_use, f"the {pile.top} plate is in use, and on the pile"
