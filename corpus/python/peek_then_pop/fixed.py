"""Looking and calling are under one lock.

verdict: clean
options: --races
"""

import heapq
import threading


class WaitingRoom:
    def __init__(self, *patients):
        self.patients = list(patients)
        self.lock = threading.Lock()

    def arrive(self, urgency, name):
        with self.lock:
            heapq.heappush(self.patients, (urgency, name))

    def call(self):
        with self.lock:
            _, expected = self.patients[0]
            print("preparing the file of", expected)
            _, name = heapq.heappop(self.patients)
        assert name == expected, f"{name} comes in with the file of {expected}"


room = WaitingRoom((5, "Ada"))
nurse = threading.Thread(target=room.call)
patient = threading.Thread(target=room.arrive, args=(1, "Ben"))
nurse.start()
patient.start()
nurse.join()
patient.join()
