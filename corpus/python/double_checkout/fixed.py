"""Looking and taking are under one lock.

verdict: clean
options: --races
"""

import threading


class Bicycle:
    def __init__(self, name):
        self.name = name
        self.rider = None


bicycles = [Bicycle("red"), Bicycle("blue")]
lock = threading.Lock()


def rent(rider):
    for bicycle in bicycles:
        with lock:
            if bicycle.rider is None:
                bicycle.rider = rider
                return


riders = [threading.Thread(target=rent, args=(rider,)) for rider in ("Ada", "Ben")]
for rider in riders:
    rider.start()
for rider in riders:
    rider.join()
taken = sorted(str(bicycle.rider) for bicycle in bicycles)
assert taken == ["Ada", "Ben"], f"riders: {taken}"
