"""Two customers draw a number at the same time, and get the same one.

verdict: finding lost-update
shows: error
source: Goetz et al., Java Concurrency in Practice, UnsafeSequence
within: 1000
"""

import threading


class Tickets:
    def __init__(self):
        self.next = 1
        self.lock = threading.Lock()

    def draw(self):
        number = self.next
        self.next = number + 1
        return number


def queue_up(tickets, drawn):
    number = tickets.draw()
    drawn.append(number)


tickets, drawn = Tickets(), []
customers = [threading.Thread(target=queue_up, args=(tickets, drawn)) for _ in range(2)]
for customer in customers:
    customer.start()
for customer in customers:
    customer.join()
assert sorted(drawn) == [1, 2], f"drawn: {drawn}"
