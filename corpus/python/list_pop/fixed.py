"""One buyer at a time looks for a ticket and takes it, so nobody takes from an empty list.

verdict: clean
"""

import threading

tickets = ["A1"]
box_office = threading.Lock()


def buy(name):
    with box_office:
        seat = tickets.pop() if tickets else None
    if seat:
        print(f"{name} sits in {seat}")
    else:
        print(f"{name} goes home")


buyers = [threading.Thread(target=buy, args=(name,)) for name in ("Ada", "Ben")]
for buyer in buyers:
    buyer.start()
for buyer in buyers:
    buyer.join()
assert not tickets
