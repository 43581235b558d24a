"""The semaphore begins with none.

verdict: clean
options: --races
"""

import threading

made = threading.Semaphore(0)
cup = []


def make():
    cup.append("tea")
    made.release()


def drink():
    made.acquire()
    assert cup, "the cup is empty"


threads = [threading.Thread(target=make), threading.Thread(target=drink)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
