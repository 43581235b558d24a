"""A clerk counts what is on the shelf while a delivery puts something new on it, and the clerk's loop breaks.

verdict: finding uncaught-exception
shows: error
source: Goetz et al., Java Concurrency in Practice, HiddenIterator
within: 1000
"""

import threading

shelf = {"apples": 3, "pears": 2}


def count(totals):
    total = 0
    for _fruit, number in shelf.items():
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
