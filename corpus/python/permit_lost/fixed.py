"""The boat is given back whatever happens on the way.

verdict: clean
options: --races
"""

import threading

boats = threading.Semaphore(1)
back = []


def row(name, guide):
    boats.acquire()
    try:
        if guide is not None and guide not in back:
            print(f"{name} does not know the way")
            return
        back.append(name)
    finally:
        boats.release()


rowers = [threading.Thread(target=row, args=args) for args in (("Ada", None), ("Ben", "Ada"))]
for rower in rowers:
    rower.start()
for rower in rowers:
    rower.join()
