"""A reader tests for a letter without the lock, and the notify slips in before the wait.

verdict: finding lost-wakeup
shows: hang
source: Goetz et al., Java Concurrency in Practice, missed signals
within: 1000
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
        if self.letter is None:
            with self.changed:
                self.changed.wait()
        print("the letter says", self.letter)


mailbox = Mailbox()
postman = threading.Thread(target=mailbox.post, args=("hello",))
reader = threading.Thread(target=mailbox.collect)
reader.start()
postman.start()
reader.join()
postman.join()
