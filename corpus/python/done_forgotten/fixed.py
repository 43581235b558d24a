"""Whatever way the work ends, the painter says so.

verdict: clean
options: --races
"""

import threading


class Crew:
    def __init__(self, size):
        self.working = size
        self.changed = threading.Condition()

    def done(self):
        with self.changed:
            self.working -= 1
            self.changed.notify()

    def wait(self):
        with self.changed:
            self.changed.wait_for(lambda: self.working == 0)


def paint(kitchen, crew):
    if kitchen.acquire(blocking=False):
        print("one more coat")
        kitchen.release()
    crew.done()


kitchen = threading.Lock()
crew = Crew(2)
for _ in range(2):
    threading.Thread(target=paint, args=(kitchen, crew)).start()
crew.wait()
print("the kitchen is painted")
