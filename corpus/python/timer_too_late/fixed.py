"""The reminder looks under the lock whether the bill is still open.

verdict: clean
options: --timing --races
"""

import threading


class Bill:
    def __init__(self):
        self.fees = 0
        self.paid = False
        self.lock = threading.Lock()
        self.reminder = threading.Timer(30, self.remind)

    def remind(self):
        with self.lock:
            if not self.paid:
                self.fees += 5

    def pay(self):
        with self.lock:
            self.paid = True
            fees = self.fees
        self.reminder.cancel()
        return fees


bill = Bill()
bill.reminder.start()
fees = bill.pay()
bill.reminder.join()
assert bill.fees == fees, f"paid, and charged {bill.fees} all the same"
