"""A task joins a thread while it holds the lock that the thread needs to finish.

verdict: finding deadlock
shows: hang
source: GoBench GoKer blocking/cockroach/1055
within: 1000
"""

import threading


class Sampler:
    def __init__(self):
        self.lock = threading.Lock()
        self.samples = []
        self.thread = threading.Thread(target=self.collect)

    def collect(self):
        for value in (3, 5):
            with self.lock:
                self.samples.append(value)

    def close(self):
        with self.lock:
            self.thread.join()
            print("samples:", self.samples)


sampler = Sampler()
sampler.thread.start()
sampler.close()
