"""One chair is left in the waiting room: two patients see that, and both take it.

verdict: finding stale-check
shows: output
source: Lu, Park, Seo and Zhou, ASPLOS 2008, atomicity violations
within: 1000
"""

import threading

CHAIRS = 2
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
