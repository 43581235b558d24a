"""The main task joins the writer before it closes the printer.

verdict: clean
options: --races
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
writer.join()
printer.close()
