"""A consumer waits for a letter with a timeout, copes when the timeout passes, and waits again.

verdict: clean
options: --races
"""

import threading
import time


class Mailbox:
    def __init__(self):
        self.letters = []
        self.changed = threading.Condition()

    def post(self, letter):
        with self.changed:
            self.letters.append(letter)
            self.changed.notify()

    def collect(self):
        with self.changed:
            while not self.changed.wait_for(lambda: len(self.letters) > 0, timeout=0.5):
                print("nothing yet")
            return self.letters.pop(0)


def deliver(mailbox):
    time.sleep(1.2)
    mailbox.post("hello")


mailbox = Mailbox()
postman = threading.Thread(target=deliver, args=(mailbox,))
postman.start()
assert mailbox.collect() == "hello"
postman.join()
print("the letter has come")
