"""The main task closes a printer while a thread writes to it, and the thread dies of it.

verdict: finding uncaught-exception
shows: error
source: Lu et al., ASPLOS 2008, order violation
within: 1000
"""

import threading


class Printer:
    def __init__(self):
        self.lines = []

    def write(self, text):
        self.lines.append(text)

    def close(self):
        self.lines = None


def print_pages(printer):
    for page in ("title", "contents"):
        printer.write(page)


printer = Printer()
writer = threading.Thread(target=print_pages, args=(printer,))
writer.start()
printer.close()
writer.join()
