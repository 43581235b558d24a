"""Each worker counts for itself, and the main task adds up.

verdict: clean
options: --races
"""

from concurrent.futures import ThreadPoolExecutor

pages = ("tea and milk", "bread and tea")


def count(page):
    return page.split()


counts = {}
with ThreadPoolExecutor(max_workers=2) as pool:
    for words in pool.map(count, pages):
        for word in words:
            counts[word] = counts.get(word, 0) + 1
assert counts["tea"] == 2, f"counted: {counts}"
