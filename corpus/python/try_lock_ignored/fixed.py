"""The cyclist pumps only if the pump could be taken.

verdict: clean
options: --races
"""

import threading

pump = threading.Lock()
tyres = []


def stop_by(name):
    if pump.acquire(blocking=False):
        tyres.append(name)
        pump.release()


cyclists = [threading.Thread(target=stop_by, args=(name,)) for name in ("Ada", "Ben")]
for cyclist in cyclists:
    cyclist.start()
for cyclist in cyclists:
    cyclist.join()
print("pumped up:", *tyres)
