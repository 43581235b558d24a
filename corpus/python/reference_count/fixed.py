"""Leaving and looking are one step: only the last one finds the room empty.

verdict: clean
options: --races
"""

import threading


class Light:
    def __init__(self):
        self.on = True

    def switch_off(self):
        if not self.on:
            raise RuntimeError("the light is off already")
        self.on = False


class Room:
    def __init__(self, people):
        self.people = people
        self.light = Light()
        self.lock = threading.Lock()

    def leave(self):
        with self.lock:
            self.people -= 1
            if self.people == 0:
                self.light.switch_off()


room = Room(2)
people = [threading.Thread(target=room.leave) for _ in range(2)]
for person in people:
    person.start()
for person in people:
    person.join()
