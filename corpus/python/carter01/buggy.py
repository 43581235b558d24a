"""The first of a choir locks the hall while it holds the counting lock, and nobody can count its members out again.

verdict: finding deadlock
shows: hang
source: SCTBench CS.carter01_bad
within: 1000
"""

import threading

hall = threading.Lock()
counting = threading.Lock()


class Choir:
    def __init__(self):
        self.singing = 0

    def sing(self):
        with counting:
            self.singing += 1
            if self.singing == 1:
                hall.acquire()
        with counting:
            self.singing -= 1
            if self.singing == 0:
                hall.release()


high, low = Choir(), Choir()
singers = [threading.Thread(target=choir.sing) for choir in (high, low)]
for singer in singers:
    singer.start()
for singer in singers:
    singer.join()
