"""A semaphore that starts at zero hands a basket from the baker to the seller.

verdict: clean
options: --races
"""

import threading


class Basket:
    def __init__(self):
        self.loaves = 0
        self.full = threading.Semaphore(0)


def bake(basket):
    basket.loaves += 3
    basket.full.release()


def sell(basket):
    basket.full.acquire()
    basket.loaves -= 1


basket = Basket()
threads = [threading.Thread(target=task, args=(basket,)) for task in (sell, bake)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert basket.loaves == 2
print(f"{basket.loaves} loaves are left")
