"""Two shops both find the wish open, and both fulfil it: the second one gets an error.

verdict: finding uncaught-exception
shows: error
source: CPython documentation, concurrent.futures.Future.set_result
within: 1000
"""

import threading
from concurrent.futures import Future, InvalidStateError

wish = Future()


def offer(shop):
    if not wish.done():
        wish.set_result(shop)


shops = [threading.Thread(target=offer, args=(shop,)) for shop in ("market", "mill")]
for shop in shops:
    shop.start()
print("bought at the", wish.result())
for shop in shops:
    shop.join()
