"""Each cashier makes a lock and holds it while the till is changed, but nobody else has that lock.

verdict: finding lost-update
shows: error
source: Farchi, Nir and Ur, IPDPS 2003, wrong lock or no lock
within: 1000
"""

import threading

till = {"cash": 100}


def take(amount):
    lock = threading.Lock()
    with lock:
        till["cash"] += amount


cashiers = [threading.Thread(target=take, args=(amount,)) for amount in (10, 20)]
for cashier in cashiers:
    cashier.start()
for cashier in cashiers:
    cashier.join()
assert till["cash"] == 130, f"{till['cash']} in the till"
