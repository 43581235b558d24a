"""The gardener tells the water's condition that there is sun, and who waits for the sun is not told.

verdict: finding deadlock
shows: hang
source: GoBench GoKer blocking/moby/29733
within: 1000
"""

import threading

lock = threading.Lock()
water = threading.Condition(lock)
sun = threading.Condition(lock)
weather = set()


def sunbathe():
    with lock:
        while "sun" not in weather:
            sun.wait()


def forecast():
    with lock:
        weather.add("sun")
        water.notify_all()


bather = threading.Thread(target=sunbathe)
forecaster = threading.Thread(target=forecast)
bather.start()
forecaster.start()
bather.join()
forecaster.join()
