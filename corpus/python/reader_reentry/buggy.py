"""A reader that already reads asks to read again, behind a writer that waits for it to end: writers go first.

verdict: finding deadlock
shows: hang
source: GoBench GoKer blocking/kubernetes/62464
within: 1000
"""

import threading


class Archive:
    def __init__(self):
        self.changed = threading.Condition()
        self.readers = self.writers_waiting = 0

    def open(self):
        with self.changed:
            self.changed.wait_for(lambda: self.writers_waiting == 0)
            self.readers += 1

    def close(self):
        with self.changed:
            self.readers -= 1
            self.changed.notify_all()

    def write(self):
        with self.changed:
            self.writers_waiting += 1
            self.changed.wait_for(lambda: self.readers == 0)
            self.writers_waiting -= 1
            self.changed.notify_all()


def read(archive):
    archive.open()
    archive.open()  # count the pages first
    archive.close()
    archive.close()


archive = Archive()
threads = [threading.Thread(target=read, args=(archive,)), threading.Thread(target=archive.write)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
