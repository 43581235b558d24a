"""A cyclist tries to take the pump, does not look whether that worked, pumps anyway and gives back what is not theirs.

verdict: finding uncaught-exception
shows: error
source: CPython documentation, threading.Lock.acquire
within: 1000
"""

import threading

pump = threading.Lock()
tyres = []


def stop_by(name):
    pump.acquire(blocking=False)
    tyres.append(name)
    pump.release()


cyclists = [threading.Thread(target=stop_by, args=(name,)) for name in ("Ada", "Ben")]
for cyclist in cyclists:
    cyclist.start()
for cyclist in cyclists:
    cyclist.join()
print("pumped up:", *tyres)
