"""Three guests each take the fork on their left, then want the one on their right: a ring.

verdict: finding deadlock
shows: hang
source: SCTBench CS.din_phil3_sat
within: 1000
"""

import threading


def dine(name, left, right):
    with left:
        with right:
            print(f"{name} eats")


def main():
    forks = [threading.Lock() for _ in range(3)]
    guests = [
        threading.Thread(target=dine, args=("Ada", forks[0], forks[1])),
        threading.Thread(target=dine, args=("Ben", forks[1], forks[2])),
        threading.Thread(target=dine, args=("Cleo", forks[2], forks[0])),
    ]
    for guest in guests:
        guest.start()
    for guest in guests:
        guest.join()


if __name__ == "__main__":
    main()
