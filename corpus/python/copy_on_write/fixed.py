"""Copying and putting back are under one lock.

verdict: clean
options: --races
"""

import threading


class Club:
    def __init__(self):
        self.members = ()
        self.lock = threading.Lock()

    def join(self, name):
        with self.lock:
            members = list(self.members)
            members.append(name)
            self.members = tuple(members)


club = Club()
people = [threading.Thread(target=club.join, args=(name,)) for name in ("Ada", "Ben")]
for person in people:
    person.start()
for person in people:
    person.join()
assert len(club.members) == 2, f"members: {club.members}"
