"""The shelf is looked through and changed under one lock.

verdict: clean
options: --races
"""

import threading
from collections import OrderedDict


class Shelf:
    def __init__(self, *titles):
        self.books = OrderedDict((title, f"text of {title}") for title in titles)
        self.lock = threading.Lock()

    def read(self, title):
        with self.lock:
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
