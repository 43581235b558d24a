"""A guest who leaves early is counted out at the door and again by the host who clears up: fewer than none are left.

verdict: finding uncaught-exception
shows: error
source: GoBench GoKer nonblocking/kubernetes/13058
within: 1000
"""

import threading


class Ballroom:
    def __init__(self, *guests):
        self.guests = list(guests)
        self.left = len(guests)
        self.lock = threading.Lock()

    def count_out(self):
        self.left -= 1
        if self.left < 0:
            raise ValueError("fewer than no guests")

    def leave(self, guest):
        with self.lock:
            if guest in self.guests:
                self.guests.remove(guest)
            self.count_out()

    def clear_up(self):
        with self.lock:
            for guest in list(self.guests):
                self.guests.remove(guest)
                self.count_out()


ballroom = Ballroom("Ada", "Ben")
threads = [threading.Thread(target=ballroom.leave, args=("Ada",)), threading.Thread(target=ballroom.clear_up)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
