"""A customer sees that the shop is open, it closes, and the order is put to a pool that takes no more.

verdict: finding uncaught-exception
shows: error
source: GoBench GoKer nonblocking/grpc/1687
within: 1000
"""

import threading
from concurrent.futures import ThreadPoolExecutor


class Shop:
    def __init__(self):
        self.open = True
        self.lock = threading.Lock()
        self.bakers = ThreadPoolExecutor(max_workers=1)

    def order(self, cake):
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
