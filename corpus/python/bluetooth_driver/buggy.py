"""A visitor sees that the museum is open, then it empties and goes dark, and only then is the visitor counted in.

verdict: finding assertion
shows: error
source: SCTBench CS.bluetooth_driver_bad (Qadeer and Wu, PLDI 2004)
within: 1000
"""

import threading


class Museum:
    def __init__(self):
        self.lock = threading.Lock()
        self.inside = 1  # the guard
        self.closing = self.dark = False
        self.empty = threading.Event()

    def visit(self):
        if self.closing:
            return
        with self.lock:
            self.inside += 1
        assert not self.dark, "a visitor stands in the dark"
        self.leave()

    def leave(self):
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                self.empty.set()

    def close(self):
        self.closing = True
        self.leave()
        self.empty.wait()
        self.dark = True


museum = Museum()
visitor = threading.Thread(target=museum.visit)
visitor.start()
museum.close()
visitor.join()
