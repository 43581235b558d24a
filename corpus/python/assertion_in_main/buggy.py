"""The main task joins only the last thread, then asserts that all of them are done.

verdict: finding assertion
shows: error
source: Lu et al., ASPLOS 2008, order violation
within: 1000
"""

import threading
import time

squares = []


def square(number):
    time.sleep(0.01 * number)  # a long calculation
    squares.append(number * number)


def main():
    threads = [threading.Thread(target=square, args=(number,)) for number in (4, 3, 2)]
    for thread in threads:
        thread.start()
    thread.join()
    assert len(squares) == 3
    print("sum of squares:", sum(squares))


if __name__ == "__main__":
    main()
