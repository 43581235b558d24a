"""Two nurses take patients from a priority queue until each finds a closing entry.

verdict: clean
"""

import queue
import threading

patients = queue.PriorityQueue()
for urgency, name in ((3, "cough"), (1, "broken leg"), (2, "fever")):
    patients.put((urgency, name))
seen = queue.SimpleQueue()


def treat():
    while True:
        urgency, name = patients.get()
        if name is None:
            return
        seen.put(name)


nurses = [threading.Thread(target=treat) for _ in range(2)]
for number, nurse in enumerate(nurses):
    patients.put((9 + number, None))
    nurse.start()
for nurse in nurses:
    nurse.join()
assert seen.qsize() == 3
print("all patients treated")
