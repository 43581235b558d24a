"""There is one lock for the cookie jar, and everybody takes it.

verdict: clean
options: --races
"""

import threading

kitchen = threading.Lock()
cookies = 10


def child_eats():
    global cookies
    with kitchen:
        cookies -= 1


def parent_eats():
    global cookies
    with kitchen:
        cookies -= 1


threads = [threading.Thread(target=target) for target in (child_eats, parent_eats, child_eats)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert cookies == 7, f"{cookies} cookies are left"
