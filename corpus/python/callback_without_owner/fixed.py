"""The listener keeps the station before it lets it call.

verdict: clean
options: --races
"""

import threading


class Station:
    def __init__(self, callback):
        self.degrees = 21
        self.thread = threading.Thread(target=callback)


class Display:
    def show(self):
        print(self.station.degrees, "degrees")

    def connect(self):
        self.station = Station(self.show)
        self.station.thread.start()
        self.station.thread.join()


display = Display()
display.connect()
