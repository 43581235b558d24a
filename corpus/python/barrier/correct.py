"""Two cooks prepare their own dish, meet at a barrier, then each taste what the other made.

verdict: clean
options: --races
"""

import threading


class Cook:
    def __init__(self, dish):
        self.recipe = dish
        self.dish = None
        self.verdict = None


def cook(me, other, everything_ready):
    me.dish = me.recipe
    everything_ready.wait()
    me.verdict = f"good {other.dish}"


everything_ready = threading.Barrier(2)
ada, ben = Cook("soup"), Cook("cake")
threads = [
    threading.Thread(target=cook, args=(ada, ben, everything_ready)),
    threading.Thread(target=cook, args=(ben, ada, everything_ready)),
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert (ada.verdict, ben.verdict) == ("good cake", "good soup")
print(ada.verdict, "and", ben.verdict)
