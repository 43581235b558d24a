"""There are more chairs than patients: what a patient saw may be old by then, and says the same.

verdict: clean
"""

import threading

CHAIRS = 10
waiting = ["Ada"]
sent_home = []


def come_in(patient):
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
