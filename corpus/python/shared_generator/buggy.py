"""Two desks draw numbers from one generator, and one asks while it still works for the other.

verdict: finding uncaught-exception
shows: error
source: CPython language reference, generator-iterator methods
within: 1000
"""

import threading

lock = threading.Lock()
printed = []


def numbers():
    number = 0
    while True:
        number += 1
        printed.append(number)
        yield number


def draw(tickets):
    print("number", next(tickets))


tickets = numbers()
desks = [threading.Thread(target=draw, args=(tickets,)) for _ in range(2)]
for desk in desks:
    desk.start()
for desk in desks:
    desk.join()
