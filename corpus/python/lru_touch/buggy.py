"""A reader finds the book on the shelf and moves it to the front, but it has been taken away in between.

verdict: finding stale-check
shows: error
source: Goetz et al., Java Concurrency in Practice, check-then-act
within: 1000
"""

import threading
from collections import OrderedDict


class Shelf:
    def __init__(self, *titles):
        self.books = OrderedDict((title, f"text of {title}") for title in titles)
        self.lock = threading.Lock()

    def read(self, title):
        if title in self.books:
            self.books.move_to_end(title)
            return self.books[title]

    def clear_oldest(self):
        with self.lock:
            self.books.popitem(last=False)


shelf = Shelf("Emma", "Dracula")
reader = threading.Thread(target=shelf.read, args=("Emma",))
cleaner = threading.Thread(target=shelf.clear_oldest)
reader.start()
cleaner.start()
reader.join()
cleaner.join()
