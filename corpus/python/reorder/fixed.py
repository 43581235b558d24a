"""The stations set both hands under a lock, and the traveller reads them under it.

verdict: clean
options: --races
"""

import threading


class Clock:
    def __init__(self):
        self.hour = 9
        self.minute = 59
        self.lock = threading.Lock()

    def strike_ten(self):
        with self.lock:
            self.hour = 10
            self.minute = 0

    def look(self):
        with self.lock:
            time = (self.hour, self.minute)
        assert time in ((9, 59), (10, 0)), f"it is {time[0]}:{time[1]:02}"


clock = Clock()
threads = [threading.Thread(target=clock.strike_ten) for _ in range(3)]
threads.append(threading.Thread(target=clock.look))
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
