"""Children and parents each take a lock before they eat from the cookie jar, but not the same one.

verdict: finding lost-update
shows: error
source: SCTBench CS.wronglock_bad
within: 1000
"""

import threading

kitchen = threading.Lock()
pantry = threading.Lock()
cookies = 10


def child_eats():
    global cookies
    with kitchen:
        cookies -= 1


def parent_eats():
    global cookies
    with pantry:
        cookies -= 1


threads = [threading.Thread(target=target) for target in (child_eats, parent_eats, child_eats)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert cookies == 7, f"{cookies} cookies are left"
