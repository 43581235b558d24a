"""Three threads each take and release a lock of their own, three times, with no conflict.

verdict: clean
options: --races
classes: 1
"""

import threading


def work(lock):
    for _ in range(3):
        with lock:
            pass


def main():
    threads = [threading.Thread(target=work, args=(threading.Lock(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
