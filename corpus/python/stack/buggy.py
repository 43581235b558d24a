"""The waiter looks at a sign that says there are plates, which nobody takes down when the last plate is gone.

verdict: finding uncaught-exception
shows: error
source: SCTBench CS.stack_bad
within: 1000
"""

import threading

lock = threading.Lock()
plates = []
there_are_plates = False


def wash():
    global there_are_plates
    for plate in ("flat", "deep", "small"):
        with lock:
            plates.append(plate)
            there_are_plates = True


def serve():
    for _ in range(3):
        with lock:
            if there_are_plates:
                print(f"a {plates.pop()} plate")


threads = [threading.Thread(target=wash), threading.Thread(target=serve)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
