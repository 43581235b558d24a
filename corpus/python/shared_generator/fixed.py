"""One desk at a time asks.

verdict: clean
options: --races
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
    with lock:
        print("number", next(tickets))


tickets = numbers()
desks = [threading.Thread(target=draw, args=(tickets,)) for _ in range(2)]
for desk in desks:
    desk.start()
for desk in desks:
    desk.join()
