"""Exceptions in pool tasks stay in their futures, and here somebody asks and handles them.

verdict: clean
"""

from concurrent.futures import ThreadPoolExecutor


def parse(text):
    return int(text)


with ThreadPoolExecutor(max_workers=2) as pool:
    futures = {text: pool.submit(parse, text) for text in ("12", "twelve")}

for text, future in futures.items():
    try:
        print(text, "is", future.result())
    except ValueError:
        print(text, "is no number")
