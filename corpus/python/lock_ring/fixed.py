"""Three guests take the fork with the lower number first, so the ring of locks cannot close.

verdict: clean
"""

import threading


def dine(name, lower, higher):
    with lower:
        with higher:
            print(f"{name} eats")


def main():
    forks = [threading.Lock() for _ in range(3)]
    guests = [
        threading.Thread(target=dine, args=("Ada", forks[0], forks[1])),
        threading.Thread(target=dine, args=("Ben", forks[1], forks[2])),
        threading.Thread(target=dine, args=("Cleo", forks[0], forks[2])),
    ]
    for guest in guests:
        guest.start()
    for guest in guests:
        guest.join()


if __name__ == "__main__":
    main()
