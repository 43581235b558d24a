"""A report is put where others find it while its author still writes it.

verdict: finding data-race
shows: output
source: Goetz et al., Java Concurrency in Practice, unsafe publication
options: --races
within: 1000
"""

import threading


class Report:
    def __init__(self):
        self.pages = 0


desk = {}


def write():
    report = Report()
    desk["report"] = report
    report.pages = 3


def read():
    report = desk.get("report")
    if report is not None:
        print("pages:", report.pages)


threads = [threading.Thread(target=write), threading.Thread(target=read)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
