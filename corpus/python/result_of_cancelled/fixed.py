"""The main task asks whether the job was cancelled, and looks at the result only if not.

verdict: clean
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
    wait([cake])
    if not cake.cancelled():
        print(cake.result())
    customer.join()
