"""A daemon thread runs for ever and does not keep the program from ending.

verdict: clean
options: --races
"""

import threading
import time


def beat():
    beats = 0
    while True:
        time.sleep(0.1)
        beats += 1
        print("beat", beats)


threading.Thread(target=beat, daemon=True).start()
time.sleep(0.25)
print("the work is done")
