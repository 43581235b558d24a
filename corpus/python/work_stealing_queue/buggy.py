"""The courier takes parcels from the top without the lock, a helper steals from the bottom with it: both get the last.

verdict: finding assertion
shows: error
source: SCTBench chess.WSQ (Frigo, Leiserson and Randall, PLDI 1998)
within: 1000
"""

import threading


class Parcels:
    def __init__(self, *parcels):
        self.parcels = parcels
        self.bottom = 0
        self.top = len(parcels)
        self.lock = threading.Lock()

    def take(self):
        top = self.top - 1
        if self.bottom <= top:
            self.top = top
            return self.parcels[top]

    def steal(self):
        with self.lock:
            bottom = self.bottom
            if bottom < self.top:
                self.bottom = bottom + 1
                return self.parcels[bottom]


parcels = Parcels("books", "shoes")
helped = []
helper = threading.Thread(target=lambda: helped.append(parcels.steal()))
helper.start()
delivered = [parcels.take(), parcels.take()]
helper.join()
delivered = sorted(parcel for parcel in delivered + helped if parcel)
assert delivered == ["books", "shoes"], f"delivered: {delivered}"
