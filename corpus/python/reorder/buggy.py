"""Three stations set the hour and the minute one after the other, and a traveller reads 10:59 in between.

verdict: finding assertion
shows: error
source: SCTBench CS.reorder_3_bad
within: 1000
"""

import threading


class Clock:
    def __init__(self):
        self.hour = 9
        self.minute = 59

    def strike_ten(self):
        self.hour = 10
        self.minute = 0

    def look(self):
        time = (self.hour, self.minute)
        assert time in ((9, 59), (10, 0)), f"it is {time[0]}:{time[1]:02}"


clock = Clock()
threads = [threading.Thread(target=clock.strike_ten) for _ in range(3)]
threads.append(threading.Thread(target=clock.look))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
