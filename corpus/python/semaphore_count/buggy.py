"""A semaphore that should let one task in lets two in, and a vote is lost.

verdict: finding lost-update
shows: output
source: Downey, The Little Book of Semaphores, multiplex
within: 1000
"""

import threading


class BallotBox:
    def __init__(self):
        self.votes = 0
        self.gate = threading.Semaphore(2)

    def vote(self):
        with self.gate:
            self.votes += 1


def main():
    box = BallotBox()
    voters = [threading.Thread(target=box.vote) for _ in range(2)]
    for voter in voters:
        voter.start()
    for voter in voters:
        voter.join()
    print(f"{box.votes} votes")


if __name__ == "__main__":
    main()
