"""The pages are read in a pool of their own.

verdict: clean
"""

from concurrent.futures import ThreadPoolExecutor


def read(page):
    return len(page)


def count(book, pool):
    return sum(pool.map(read, book))


books = (("once", "upon"), ("it was", "night"))
with ThreadPoolExecutor(max_workers=2) as pool, ThreadPoolExecutor(max_workers=2) as readers:
    lengths = [pool.submit(count, book, readers) for book in books]
    print("lengths:", *[length.result() for length in lengths])
