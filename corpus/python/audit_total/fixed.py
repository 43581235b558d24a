"""The auditor holds the bank's lock for the whole sum.

verdict: clean
options: --races
"""

import threading

lock = threading.Lock()
balances = {"Ada": 100, "Ben": 50}


def transfer(source, target, amount):
    with lock:
        balances[source] -= amount
        balances[target] += amount


def audit():
    total = 0
    with lock:
        for owner in ("Ada", "Ben"):
            total += balances[owner]
    assert total == 150, f"the bank holds {total}"


threads = [threading.Thread(target=transfer, args=("Ben", "Ada", 20)), threading.Thread(target=audit)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
