"""There is room for every answer, whether anybody takes it or not.

verdict: clean
options: --races
"""

import queue
import threading

prices = {"corner shop": 3, "mill": 1, "market": 2}
answers = queue.Queue(maxsize=len(prices))


def ask(shop):
    answers.put((shop, prices[shop]))


for shop in prices:
    threading.Thread(target=ask, args=(shop,)).start()
price = 3
while price > 2:
    shop, price = answers.get()
print(f"bread is {price} at the {shop}")
