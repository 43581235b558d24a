"""Each enter has its leave.

verdict: clean
options: --races
"""

import threading

house = threading.RLock()


def clean_kitchen():
    house.acquire()
    print("the kitchen is clean")
    house.release()


def clean_all():
    house.acquire()
    clean_kitchen()
    print("the hall is clean")
    house.release()


def visit():
    with house:
        print("what a clean house")


cleaner = threading.Thread(target=clean_all)
visitor = threading.Thread(target=visit)
cleaner.start()
visitor.start()
cleaner.join()
visitor.join()
