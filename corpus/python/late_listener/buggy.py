"""A guest sees that the taxi is not there yet and asks to be called, but it has come and called all in between.

verdict: finding assertion
shows: error
source: Goetz et al., Java Concurrency in Practice, check-then-act
within: 1000
"""

import threading


class Taxi:
    def __init__(self):
        self.lock = threading.Lock()
        self.arrived = False
        self.to_call = []

    def arrive(self):
        with self.lock:
            self.arrived = True
            to_call, self.to_call = self.to_call, []
        for call in to_call:
            call()

    def when_there(self, call):
        if not self.arrived:
            with self.lock:
                self.to_call.append(call)
            return
        call()


called = []
taxi = Taxi()
driver = threading.Thread(target=taxi.arrive)
driver.start()
taxi.when_there(lambda: called.append("Ada"))
driver.join()
assert called == ["Ada"], "nobody called the guest"
