"""The gardener tells the condition that is waited on.

verdict: clean
options: --races
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
        sun.notify_all()


bather = threading.Thread(target=sunbathe)
forecaster = threading.Thread(target=forecast)
bather.start()
forecaster.start()
bather.join()
forecaster.join()
