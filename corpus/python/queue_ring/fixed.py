"""The clerk counts the letters that were taken.

verdict: clean
options: --races
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
    taken = 0
    for _ in range(3):
        with lock:
            if tray.head != tray.tail:
                assert tray.take() == sent[taken], "a letter is missing"
                taken += 1


threads = [threading.Thread(target=deliver), threading.Thread(target=sort)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
