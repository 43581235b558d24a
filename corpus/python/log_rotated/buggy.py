"""A night watchman writes into the book that the day watchman has just closed and put away.

verdict: finding uncaught-exception
shows: error
source: Lu et al., ASPLOS 2008, order violation
within: 1000
"""

import io
import threading


class Log:
    def __init__(self):
        self.book = io.StringIO()
        self.shelf = []
        self.lock = threading.Lock()

    def write(self, line):
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
