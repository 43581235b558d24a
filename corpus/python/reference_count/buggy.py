"""Two people leave a room, each looks afterwards whether it is empty, and both switch the light off.

verdict: finding uncaught-exception
shows: error
source: Lu et al., ASPLOS 2008, reference counting (Mozilla)
within: 1000
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
        with self.lock:
            if self.people == 0:
                self.light.switch_off()


room = Room(2)
people = [threading.Thread(target=room.leave) for _ in range(2)]
for person in people:
    person.start()
for person in people:
    person.join()
