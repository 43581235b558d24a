"""An auditor adds the accounts up one by one while money moves from one to another, and it seems to be missing.

verdict: finding assertion
shows: error
source: Lu et al., ASPLOS 2008, multi-variable bug
within: 1000
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
    for owner in ("Ada", "Ben"):
        with lock:
            total += balances[owner]
    assert total == 150, f"the bank holds {total}"


threads = [threading.Thread(target=transfer, args=("Ben", "Ada", 20)), threading.Thread(target=audit)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
