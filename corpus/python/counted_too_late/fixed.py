"""The host counts the guests before they set out.

verdict: clean
options: --races
"""

import threading


class Party:
    def __init__(self):
        self.expected = 0
        self.songs = []
        self.changed = threading.Condition()

    def expect(self):
        with self.changed:
            self.expected += 1

    def sing(self, song):
        with self.changed:
            self.songs.append(song)
            self.expected -= 1
            self.changed.notify()

    def wait(self):
        with self.changed:
            self.changed.wait_for(lambda: self.expected == 0)


party = Party()
for song in ("first", "second"):
    party.expect()
    threading.Thread(target=party.sing, args=(song,)).start()
party.wait()
with party.changed:
    assert len(party.songs) == 2, f"only {len(party.songs)} songs"
