"""The clerk counts a copy of what is on the shelf, which is made in one go, while a delivery puts something new on it.

verdict: clean
"""

import threading

shelf = {"apples": 3, "pears": 2}


def count(totals):
    total = 0
    for _fruit, number in list(shelf.items()):
        total += number
    totals.append(total)


def deliver():
    shelf["plums"] = 4


totals = []
clerk = threading.Thread(target=count, args=(totals,))
carrier = threading.Thread(target=deliver)
clerk.start()
carrier.start()
clerk.join()
carrier.join()
print("counted", *totals)
