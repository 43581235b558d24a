"""A shop fulfils the wish, and takes the error for the answer that it was too late.

verdict: clean
"""

import threading
from concurrent.futures import Future, InvalidStateError

wish = Future()


def offer(shop):
    try:
        wish.set_result(shop)
    except InvalidStateError:
        print(f"the {shop} is too late")


shops = [threading.Thread(target=offer, args=(shop,)) for shop in ("market", "mill")]
for shop in shops:
    shop.start()
print("bought at the", wish.result())
for shop in shops:
    shop.join()
