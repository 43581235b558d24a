"""A task joins a thread first and takes the lock that the thread needs afterwards.

verdict: clean
options: --races
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
        self.thread.join()
        with self.lock:
            assert self.samples == [3, 5]
            print("samples:", self.samples)


sampler = Sampler()
sampler.thread.start()
sampler.close()
