"""A semaphore of one lets one task in at a time, and every vote counts.

verdict: clean
options: --races
"""

import threading


class BallotBox:
    def __init__(self):
        self.votes = 0
        self.gate = threading.Semaphore(1)

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
    assert box.votes == 2
    print(f"{box.votes} votes")


if __name__ == "__main__":
    main()
