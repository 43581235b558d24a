"""Looking and asking to be called are under the lock under which the taxi comes.

verdict: clean
options: --races
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
        with self.lock:
            if not self.arrived:
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
