"""Writing and changing the book are under one lock.

verdict: clean
"""

import io
import threading


class Log:
    def __init__(self):
        self.book = io.StringIO()
        self.shelf = []
        self.lock = threading.Lock()

    def write(self, line):
        with self.lock:
            book = self.book
            book.write(line)

    def rotate(self):
        with self.lock:
            full, self.book = self.book, io.StringIO()
            self.shelf.append(full.getvalue())
            full.close()


log = Log()
night = threading.Thread(target=log.write, args=("all is quiet\n",))
day = threading.Thread(target=log.rotate)
night.start()
day.start()
night.join()
day.join()
