"""A visitor looks whether the museum closes and is counted in one step, under the lock that closing takes, too.

verdict: clean
options: --races
"""

import threading


class Museum:
    def __init__(self):
        self.lock = threading.Lock()
        self.inside = 1  # the guard
        self.closing = self.dark = False
        self.empty = threading.Event()

    def visit(self):
        with self.lock:
            if self.closing:
                return
            self.inside += 1
        assert not self.dark, "a visitor stands in the dark"
        self.leave()

    def leave(self):
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                self.empty.set()

    def close(self):
        with self.lock:
            self.closing = True
        self.leave()
        self.empty.wait()
        self.dark = True


museum = Museum()
visitor = threading.Thread(target=museum.visit)
visitor.start()
museum.close()
visitor.join()
