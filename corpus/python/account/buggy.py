"""The rent is turned down if it comes before the salary, and an audit that comes when both are booked misses it.

verdict: finding assertion
shows: error
source: SCTBench CS.account_bad
within: 1000
"""

import threading

lock = threading.Lock()
balance = 10
booked = []


def deposit():
    global balance
    with lock:
        balance += 50
        booked.append("salary")


def withdraw():
    global balance
    with lock:
        if balance >= 30:
            balance -= 30
        booked.append("rent")


def audit():
    with lock:
        if len(booked) == 2:
            assert balance == 30, f"the balance is {balance}"


threads = [threading.Thread(target=target) for target in (deposit, withdraw, audit)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
