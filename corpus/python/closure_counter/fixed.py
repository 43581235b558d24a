"""A counter in a closure keeps every update: a lock makes `total += ...` one step.

verdict: clean
"""

import threading


def count_words(pages):
    total = 0
    lock = threading.Lock()

    def count(page):
        nonlocal total
        words = len(page.split())
        with lock:
            total += words

    threads = [threading.Thread(target=count, args=(page,)) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return total


words = count_words(["to be or not", "that is the question"])
assert words == 8
print(f"counted {words} of 8 words")
