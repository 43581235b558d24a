"""Each choir counts under a lock of its own.

verdict: clean
options: --races
"""

import threading

hall = threading.Lock()


class Choir:
    def __init__(self):
        self.singing = 0
        self.counting = threading.Lock()

    def sing(self):
        with self.counting:
            self.singing += 1
            if self.singing == 1:
                hall.acquire()
        with self.counting:
            self.singing -= 1
            if self.singing == 0:
                hall.release()


high, low = Choir(), Choir()
singers = [threading.Thread(target=choir.sing) for choir in (high, low)]
for singer in singers:
    singer.start()
for singer in singers:
    singer.join()
