"""Each of two jobs maps its pages in the pool it runs in: both workers wait, and nobody reads a page.

verdict: finding pool-starvation
shows: hang
source: CPython documentation, concurrent.futures.ThreadPoolExecutor, deadlocks
within: 1000
"""

from concurrent.futures import ThreadPoolExecutor


def read(page):
    return len(page)


def count(book, pool):
    return sum(pool.map(read, book))


books = (("once", "upon"), ("it was", "night"))
with ThreadPoolExecutor(max_workers=2) as pool:
    lengths = [pool.submit(count, book, pool) for book in books]
    print("lengths:", *[length.result() for length in lengths])
