"""The rent waits until the salary is booked.

verdict: clean
options: --races
"""

import threading

lock = threading.Lock()
salary_is_here = threading.Event()
balance = 10
booked = []


def deposit():
    global balance
    with lock:
        balance += 50
        booked.append("salary")
    salary_is_here.set()


def withdraw():
    global balance
    salary_is_here.wait()
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
