"""Two buyers both see the last ticket, and the second takes from an empty list.

verdict: finding stale-check
shows: error
source: Goetz et al., Java Concurrency in Practice, check-then-act
within: 1000
"""

import threading

tickets = ["A1"]


def buy(name):
    if tickets:
        seat = tickets.pop()
        print(f"{name} sits in {seat}")
    else:
        print(f"{name} goes home")


buyers = [threading.Thread(target=buy, args=(name,)) for name in ("Ada", "Ben")]
for buyer in buyers:
    buyer.start()
for buyer in buyers:
    buyer.join()
