"""The report is handed over when it is written, through a queue.

verdict: clean
options: --races
"""

import queue
import threading


class Report:
    def __init__(self):
        self.pages = 0


desk = queue.Queue()


def write():
    report = Report()
    report.pages = 3
    desk.put(report)


def read():
    report = desk.get()
    print("pages:", report.pages)


threads = [threading.Thread(target=write), threading.Thread(target=read)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
