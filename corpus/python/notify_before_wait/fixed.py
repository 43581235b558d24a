"""The kettle leaves a flag that the drinker reads before waiting, so an early notify is not missed.

verdict: clean
options: --races
"""

import threading

kettle = threading.Condition()
boiled = False


def boil():
    global boiled
    with kettle:
        print("the water boils")
        boiled = True
        kettle.notify()


def drink():
    with kettle:
        while not boiled:
            kettle.wait()
    print("tea at last")


cook = threading.Thread(target=boil)
drinker = threading.Thread(target=drink)
cook.start()
drinker.start()
cook.join()
drinker.join()
