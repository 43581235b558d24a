"""Two clubs copy the list of members, add one, and put the copy in the list's place: one member is lost.

verdict: finding lost-update
shows: error
source: Farchi, Nir and Ur, IPDPS 2003, two-stage access
within: 1000
"""

import threading


class Club:
    def __init__(self):
        self.members = ()
        self.lock = threading.Lock()

    def join(self, name):
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
