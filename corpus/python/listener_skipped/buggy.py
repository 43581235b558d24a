"""A subscriber cancels while the newsletter goes out, the list moves up, and the next one gets nothing.

verdict: finding assertion
shows: error
source: Bloch, Effective Java, item 79
within: 1000
"""

import threading


class Newsletter:
    def __init__(self):
        self.subscribers = []

    def cancel(self, subscriber):
        self.subscribers.remove(subscriber)

    def send(self, text):
        for subscriber in self.subscribers:
            subscriber(text)


letters = {"Ada": [], "Ben": [], "Cleo": []}
newsletter = Newsletter()
newsletter.subscribers += [letters["Ada"].append, letters["Ben"].append, letters["Cleo"].append]
leaver = threading.Thread(target=newsletter.cancel, args=(newsletter.subscribers[0],))
leaver.start()
newsletter.send("spring is here")
leaver.join()
assert letters["Ben"] and letters["Cleo"], "a subscriber got nothing"
