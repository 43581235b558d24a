"""A watcher sees the pressure rise only after three preemptions, no fewer.

verdict: finding assertion
shows: error
source: Burckhardt et al., ASPLOS 2010, bugs of depth d
within: 1000
"""

import threading


class Valve:
    def __init__(self):
        self.pressure = 0
        self.lock = threading.Lock()

    def pump(self):
        for pressure in (1, 2, 0):
            with self.lock:
                self.pressure = pressure

    def watch(self):
        with self.lock:
            first = self.pressure
        with self.lock:
            second = self.pressure
        assert (first, second) != (1, 2), "the pressure rises"


def main():
    valve = Valve()
    threads = [threading.Thread(target=valve.pump), threading.Thread(target=valve.watch)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()
