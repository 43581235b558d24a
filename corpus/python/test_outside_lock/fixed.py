"""A reader tests for a letter under the lock, and again after each wait.

verdict: clean
options: --races
"""

import threading


class Mailbox:
    def __init__(self):
        self.letter = None
        self.changed = threading.Condition()

    def post(self, letter):
        with self.changed:
            self.letter = letter
            self.changed.notify()

    def collect(self):
        with self.changed:
            while self.letter is None:
                self.changed.wait()
            print("the letter says", self.letter)


mailbox = Mailbox()
postman = threading.Thread(target=mailbox.post, args=("hello",))
reader = threading.Thread(target=mailbox.collect)
reader.start()
postman.start()
reader.join()
postman.join()
