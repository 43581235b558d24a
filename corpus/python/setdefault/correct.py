"""`setdefault` tests and stores in one step, so two tasks share one shelf and lose no book.

verdict: clean
"""

from concurrent.futures import ThreadPoolExecutor

shelves = {}


def store(kind, title):
    shelves.setdefault(kind, []).append(title)


with ThreadPoolExecutor(max_workers=2) as pool:
    pool.submit(store, "poetry", "Odes")
    pool.submit(store, "poetry", "Sonnets")

assert sorted(shelves["poetry"]) == ["Odes", "Sonnets"]
print("poetry:", ", ".join(sorted(shelves["poetry"])))
