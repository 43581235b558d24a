"""The newsletter goes out to a copy of the list, made in one step.

verdict: clean
"""

import threading


class Newsletter:
    def __init__(self):
        self.subscribers = []

    def cancel(self, subscriber):
        self.subscribers.remove(subscriber)

    def send(self, text):
        for subscriber in list(self.subscribers):
            subscriber(text)


letters = {"Ada": [], "Ben": [], "Cleo": []}
newsletter = Newsletter()
newsletter.subscribers += [letters["Ada"].append, letters["Ben"].append, letters["Cleo"].append]
leaver = threading.Thread(target=newsletter.cancel, args=(newsletter.subscribers[0],))
leaver.start()
newsletter.send("spring is here")
leaver.join()
assert letters["Ben"] and letters["Cleo"], "a subscriber got nothing"
