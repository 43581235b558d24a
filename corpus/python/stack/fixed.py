"""The waiter looks at the plates themselves.

verdict: clean
options: --races
"""

import threading

lock = threading.Lock()
plates = []


def wash():
    for plate in ("flat", "deep", "small"):
        with lock:
            plates.append(plate)


def serve():
    for _ in range(3):
        with lock:
            if plates:
                print(f"a {plates.pop()} plate")


threads = [threading.Thread(target=wash), threading.Thread(target=serve)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
