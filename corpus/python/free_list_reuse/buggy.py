"""A waiter looks which plate is on top and which is below, others take and put back, and a used plate is on the pile.

verdict: finding lost-update
shows: error
source: SCTBench misc.safestack (the ABA problem)
within: 1000
"""

import threading


class Pile:
    def __init__(self):
        self.below = {"top": "middle", "middle": "bottom", "bottom": None}
        self.top = "top"
        self.lock = threading.Lock()

    def take(self):
        plate = self.top
        below = self.below[plate]
        with self.lock:
            if self.top == plate:  # nothing has happened in between
                self.top = below
                return plate
        return None

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
