"""There is one lock, made with the till.

verdict: clean
options: --races
"""

import threading

till = {"cash": 100}
lock = threading.Lock()


def take(amount):
    with lock:
        till["cash"] += amount


cashiers = [threading.Thread(target=take, args=(amount,)) for amount in (10, 20)]
for cashier in cashiers:
    cashier.start()
for cashier in cashiers:
    cashier.join()
assert till["cash"] == 130, f"{till['cash']} in the till"
