"""One task prepares a table and sets an event, the other waits for the event and uses the table.

verdict: clean
options: --races
"""

import threading


class Table:
    def __init__(self):
        self.plates = 0
        self.laid = threading.Event()


def lay(table):
    table.plates += 4
    table.laid.set()


def eat(table):
    table.laid.wait()
    table.plates -= 1


table = Table()
threads = [threading.Thread(target=task, args=(table,)) for task in (eat, lay)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert table.plates == 3
print(f"{table.plates} plates are clean")
