"""Two bids are compared with the same best bid, and the lower one is written last.

verdict: finding stale-check
shows: error
source: Goetz et al., Java Concurrency in Practice, check-then-act
within: 1000
"""

import threading


class Auction:
    def __init__(self):
        self.best = 0
        self.lock = threading.Lock()

    def bid(self, amount):
        if amount > self.best:
            self.best = amount


auction = Auction()
bidders = [threading.Thread(target=auction.bid, args=(amount,)) for amount in (50, 80)]
for bidder in bidders:
    bidder.start()
for bidder in bidders:
    bidder.join()
assert auction.best == 80, f"sold for {auction.best}"
