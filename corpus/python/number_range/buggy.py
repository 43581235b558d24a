"""A thermostat checks each bound against the other before it sets it: together they pass each other.

verdict: finding assertion
shows: error
source: Goetz et al., Java Concurrency in Practice, NumberRange
within: 1000
"""

import threading


class Thermostat:
    def __init__(self):
        self.low, self.high = 15, 25
        self.lock = threading.Lock()

    def set_low(self, degrees):
        if degrees <= self.high:
            with self.lock:
                self.low = degrees

    def set_high(self, degrees):
        if degrees >= self.low:
            with self.lock:
                self.high = degrees


thermostat = Thermostat()
winter = threading.Thread(target=thermostat.set_low, args=(22,))
summer = threading.Thread(target=thermostat.set_high, args=(18,))
winter.start()
summer.start()
winter.join()
summer.join()
assert thermostat.low <= thermostat.high, f"heats below {thermostat.low}, cools above {thermostat.high}"
