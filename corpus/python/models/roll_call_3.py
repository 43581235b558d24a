"""Three guests each put their name into a book, and the book is read when all are there.

verdict: clean
options: --races
classes: 6
"""

import threading

book = {}


def sign(name):
    book[name] = True


guests = [threading.Thread(target=sign, args=(name,)) for name in ("Ada", "Ben", "Cleo")]
for guest in guests:
    guest.start()
for guest in guests:
    guest.join()
assert set(book) == {"Ada", "Ben", "Cleo"}
