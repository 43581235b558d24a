"""Each thread is joined before the next starts, so no lock is needed.

verdict: clean
options: --races
classes: 1
"""

import threading


class Painter(threading.Thread):
    def __init__(self, wall, colour):
        super().__init__()
        self.wall = wall
        self.colour = colour

    def run(self):
        self.wall.coats += 1
        self.wall.colour = self.colour


class Wall:
    coats = 0
    colour = "bare"


wall = Wall()
for colour in ("white", "green", "blue"):
    painter = Painter(wall, colour)
    painter.start()
    painter.join()
assert (wall.coats, wall.colour) == (3, "blue")
print(f"{wall.coats} coats, the last one {wall.colour}")
