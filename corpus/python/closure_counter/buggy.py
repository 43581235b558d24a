"""A counter in a closure loses an update: `total += ...` reads, then writes.

verdict: finding lost-update
shows: output
source: CPython FAQ, what kinds of global value mutation are thread-safe
within: 1000
"""

import threading


def count_words(pages):
    total = 0

    def count(page):
        nonlocal total
        total += len(page.split())

    threads = [threading.Thread(target=count, args=(page,)) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return total


words = count_words(["to be or not", "that is the question"])
print(f"counted {words} of 8 words")
