"""The kettle's notify comes before anyone waits, and the drinker waits for ever.

verdict: finding lost-wakeup
shows: hang
source: Farchi, Nir and Ur, IPDPS 2003, losing a notify
within: 1000
"""

import threading

kettle = threading.Condition()


def boil():
    with kettle:
        print("the water boils")
        kettle.notify()


def drink():
    with kettle:
        kettle.wait()
    print("tea at last")


cook = threading.Thread(target=boil)
drinker = threading.Thread(target=drink)
cook.start()
drinker.start()
cook.join()
drinker.join()
