"""The car tells its garage when it has given its own lock back.

verdict: clean
options: --races
"""

import threading


class Garage:
    def __init__(self):
        self.lock = threading.Lock()
        self.cars = []
        self.moved = 0

    def report(self):
        with self.lock:
            return sum(car.mileage() for car in self.cars)

    def note_move(self):
        with self.lock:
            self.moved += 1


class Car:
    def __init__(self, garage):
        self.lock = threading.Lock()
        self.garage = garage
        self.driven = 0

    def mileage(self):
        with self.lock:
            return self.driven

    def drive(self):
        with self.lock:
            self.driven += 5
        self.garage.note_move()


garage = Garage()
garage.cars.append(Car(garage))
threads = [threading.Thread(target=garage.report), threading.Thread(target=garage.cars[0].drive)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
