"""The program goes on only when its timer fires.

verdict: clean
options: --races
"""

import threading


class Kitchen:
    def __init__(self):
        self.message = ""
        self.rang = threading.Event()

    def ring(self):
        self.message = "the tea is ready"
        self.rang.set()


kitchen = Kitchen()
timer = threading.Timer(0.5, kitchen.ring)
timer.start()
kitchen.rang.wait()
assert kitchen.message == "the tea is ready"
print(kitchen.message)
timer.join()
