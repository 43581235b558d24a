"""The number is read and raised under a lock.

verdict: clean
"""

import threading


class Tickets:
    def __init__(self):
        self.next = 1
        self.lock = threading.Lock()

    def draw(self):
        with self.lock:
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
