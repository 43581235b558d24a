"""The main task asks for the result of a job that somebody else may have cancelled.

verdict: finding uncaught-exception
shows: error
source: CPython documentation, concurrent.futures.Future.cancel
within: 1000
"""

import threading
from concurrent.futures import ThreadPoolExecutor, wait


def bake(cake):
    return f"{cake}, golden brown"


with ThreadPoolExecutor(max_workers=1) as baker:
    baker.submit(bake, "bread")
    cake = baker.submit(bake, "cake")
    customer = threading.Thread(target=cake.cancel)
    customer.start()
    print(cake.result())
    customer.join()
