"""The dispatcher gives its lock back before it tells the taxis.

verdict: clean
options: --races
"""

import threading


class Dispatcher:
    def __init__(self):
        self.lock = threading.Lock()
        self.taxis = []
        self.free = []

    def report(self, taxi):
        with self.lock:
            self.free.append(taxi)

    def call_all(self):
        with self.lock:
            taxis = list(self.taxis)
        for taxi in taxis:
            taxi.come()


class Taxi:
    def __init__(self, dispatcher):
        self.lock = threading.Lock()
        self.dispatcher = dispatcher
        self.called = False

    def come(self):
        with self.lock:
            self.called = True

    def arrive(self):
        with self.lock:
            self.called = False
            self.dispatcher.report(self)


dispatcher = Dispatcher()
taxi = Taxi(dispatcher)
dispatcher.taxis.append(taxi)
driver = threading.Thread(target=taxi.arrive)
driver.start()
dispatcher.call_all()
driver.join()
