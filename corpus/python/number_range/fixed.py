"""Checking and setting both bounds is under one lock.

verdict: clean
options: --races
"""

import threading


class Thermostat:
    def __init__(self):
        self.low, self.high = 15, 25
        self.lock = threading.Lock()

    def set_low(self, degrees):
        with self.lock:
            if degrees <= self.high:
                self.low = degrees

    def set_high(self, degrees):
        with self.lock:
            if degrees >= self.low:
                self.high = degrees


thermostat = Thermostat()
winter = threading.Thread(target=thermostat.set_low, args=(22,))
summer = threading.Thread(target=thermostat.set_high, args=(18,))
winter.start()
summer.start()
winter.join()
summer.join()
assert thermostat.low <= thermostat.high, f"heats below {thermostat.low}, cools above {thermostat.high}"
