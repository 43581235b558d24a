"""A page goes to a pool with `submit` and comes back with `result`: one owner at a time.

verdict: clean
options: --races
"""

from concurrent.futures import ThreadPoolExecutor


class Page:
    def __init__(self, text):
        self.text = text
        self.words = 0


def count(page):
    page.words = len(page.text.split())
    return page


with ThreadPoolExecutor(max_workers=2) as pool:
    page = Page("to be or not to be")
    page.text += " that is the question"
    counted = pool.submit(count, page).result()
    counted.words += 1
    assert counted.words == 11
    print(f"{counted.words} words with the title")
