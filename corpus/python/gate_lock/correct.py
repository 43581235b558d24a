"""Two threads take two locks in opposite orders, but only behind a third lock.

verdict: clean
options: --races
"""

import threading

gate = threading.Lock()


class Shelf:
    def __init__(self, books):
        self.books = books
        self.lock = threading.Lock()


def move(source, target):
    with gate:
        with source.lock:
            with target.lock:
                source.books -= 1
                target.books += 1


upper, lower = Shelf(4), Shelf(6)
down = threading.Thread(target=move, args=(upper, lower))
up = threading.Thread(target=move, args=(lower, upper))
down.start()
up.start()
down.join()
up.join()
assert (upper.books, lower.books) == (4, 6)
print(f"{upper.books} books above, {lower.books} below")
