"""A lock decides who goes through the door first.

verdict: clean
options: --races
"""

import threading

door = threading.Lock()


class Person:
    def __init__(self, name):
        self.name = name
        self.passed = False


def pass_door(me):
    with door:
        me.passed = True
        print(f"{me.name} is through")


ada, ben = Person("Ada"), Person("Ben")
threads = [threading.Thread(target=pass_door, args=(person,)) for person in (ada, ben)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert ada.passed and ben.passed
