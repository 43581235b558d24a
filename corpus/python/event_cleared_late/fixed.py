"""The worker clears the bell before it looks for orders, so that a later ring stays.

verdict: clean
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
        bell.clear()
        while orders:
            print("serving", orders.pop(0))
            served += 1


worker = threading.Thread(target=work)
worker.start()
ring("tea")
ring("milk")
worker.join()
