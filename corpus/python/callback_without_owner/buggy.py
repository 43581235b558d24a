"""A weather station calls its listener as soon as it is made, before the listener has kept the station.

verdict: finding uncaught-exception
shows: error
source: GoBench GoKer nonblocking/grpc/3090
within: 1000
"""

import threading


class Station:
    def __init__(self, callback):
        self.degrees = 21
        self.thread = threading.Thread(target=callback)
        self.thread.start()


class Display:
    def show(self):
        print(self.station.degrees, "degrees")

    def connect(self):
        self.station = Station(self.show)
        self.station.thread.join()


display = Display()
display.connect()
