"""A worker clears the bell after it has woken up, and with it a second ring that came in between.

verdict: finding deadlock
shows: hang
source: CPython documentation, threading.Event.clear
within: 1000
"""

import threading

bell = threading.Event()
orders = []


def ring(order):
    orders.append(order)
    bell.set()


def work():
    served = 0
    while served < 2:
        bell.wait()
        while orders:
            print("serving", orders.pop(0))
            served += 1
        bell.clear()


worker = threading.Thread(target=work)
worker.start()
ring("tea")
ring("milk")
worker.join()
