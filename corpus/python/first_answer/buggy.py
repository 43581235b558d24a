"""The main task stops listening at the first low price, and shops that answer later wait for room for ever.

verdict: finding deadlock
shows: hang
source: GoBench GoKer blocking/kubernetes/5316
within: 1000
"""

import queue
import threading

prices = {"corner shop": 3, "mill": 1, "market": 2}
answers = queue.Queue(maxsize=1)


def ask(shop):
    answers.put((shop, prices[shop]))


for shop in prices:
    threading.Thread(target=ask, args=(shop,)).start()
price = 3
while price > 2:
    shop, price = answers.get()
print(f"bread is {price} at the {shop}")
