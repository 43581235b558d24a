"""Two workers of a pool count words into one dictionary: `get` and store are two steps.

verdict: finding lost-update
shows: error
source: CPython FAQ, what kinds of global value mutation are thread-safe
within: 1000
"""

from concurrent.futures import ThreadPoolExecutor

pages = ("tea and milk", "bread and tea")


def count(page):
    for word in page.split():
        counts[word] = counts.get(word, 0) + 1


counts = {}
with ThreadPoolExecutor(max_workers=2) as pool:
    list(pool.map(count, pages))
assert counts["tea"] == 2, f"counted: {counts}"
