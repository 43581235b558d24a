"""Looking and ordering are under the lock that closing takes, too.

verdict: clean
options: --races
"""

import threading
from concurrent.futures import ThreadPoolExecutor


class Shop:
    def __init__(self):
        self.open = True
        self.lock = threading.Lock()
        self.bakers = ThreadPoolExecutor(max_workers=1)

    def order(self, cake):
        with self.lock:
            if self.open:
                self.bakers.submit(print, "baking a", cake)

    def close(self):
        with self.lock:
            self.open = False
            self.bakers.shutdown()


shop = Shop()
customer = threading.Thread(target=shop.order, args=("lemon cake",))
customer.start()
shop.close()
customer.join()
