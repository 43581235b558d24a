"""A guest who finds no room leaves the key board locked: only the way to a room gives it back.

verdict: finding lock-leaked
shows: hang
source: GoBench GoKer blocking/etcd/5509
within: 1000
"""

import threading


class Hotel:
    def __init__(self, *rooms):
        self.rooms = list(rooms)
        self.board = threading.Lock()

    def find_room(self):
        """Returns a room with the board still held, or nothing."""
        self.board.acquire()
        if not self.rooms:
            return None
        return self.rooms[0]

    def check_in(self):
        room = self.find_room()
        if room is not None:
            self.rooms.remove(room)
            self.board.release()
        return room

    def check_out(self, room):
        with self.board:
            self.rooms.append(room)


def stay(hotel):
    room = hotel.check_in()
    if room is not None:
        hotel.check_out(room)


hotel = Hotel("101")
guests = [threading.Thread(target=stay, args=(hotel,)) for _ in range(2)]
for guest in guests:
    guest.start()
for guest in guests:
    guest.join()
