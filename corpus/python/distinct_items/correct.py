"""Each thread writes its own item of a list, so they never touch the same place.

verdict: clean
options: --races
"""

import threading

squares = [0, 0, 0]


def fill(index):
    squares[index] = index * index


threads = [threading.Thread(target=fill, args=(index,)) for index in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert squares == [0, 1, 4]
print("squares:", squares)
