"""The clerk compares the letters taken with the letters sent by the number of the round, but some rounds find no letter.

verdict: finding assertion
shows: error
source: SCTBench CS.queue_bad
within: 1000
"""

import threading


class Tray:
    def __init__(self, size):
        self.letters = [None] * size
        self.head = self.tail = 0

    def put(self, letter):
        self.letters[self.tail] = letter
        self.tail = (self.tail + 1) % len(self.letters)

    def take(self):
        letter = self.letters[self.head]
        self.head = (self.head + 1) % len(self.letters)
        return letter


lock = threading.Lock()
tray = Tray(4)
sent = ("bill", "card", "news")


def deliver():
    for letter in sent:
        with lock:
            tray.put(letter)


def sort():
    for number in range(3):
        with lock:
            if tray.head != tray.tail:
                assert tray.take() == sent[number], "a letter is missing"


threads = [threading.Thread(target=deliver), threading.Thread(target=sort)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
