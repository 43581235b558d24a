"""The boss counts on two painters, and waits for both of them as soon as the first has started.

verdict: finding deadlock
shows: hang
source: GoBench GoKer blocking/moby/25384
within: 1000
"""

import threading


class Crew:
    def __init__(self, size):
        self.working = size
        self.changed = threading.Condition()

    def done(self):
        with self.changed:
            self.working -= 1
            self.changed.notify_all()

    def wait(self):
        with self.changed:
            self.changed.wait_for(lambda: self.working == 0)


def paint(room, crew):
    print("painted the", room)
    crew.done()


rooms = ("kitchen", "hall")
crew = Crew(len(rooms))
for room in rooms:
    threading.Thread(target=paint, args=(room, crew)).start()
    crew.wait()
print("all is painted")
