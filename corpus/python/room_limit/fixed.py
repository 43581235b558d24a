"""Whoever looks for a chair takes it under the same lock.

verdict: clean
options: --races
"""

import threading

CHAIRS = 2
waiting = ["Ada"]
sent_home = []
room = threading.Lock()


def come_in(patient):
    with room:
        if len(waiting) < CHAIRS:
            waiting.append(patient)
        else:
            sent_home.append(patient)


patients = [threading.Thread(target=come_in, args=(patient,)) for patient in ("Ben", "Cid")]
for patient in patients:
    patient.start()
for patient in patients:
    patient.join()
print(len(waiting), "wait, and were sent home:", sent_home)
