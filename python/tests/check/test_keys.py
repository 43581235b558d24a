"""What items are compared by: a key function reads what it is called for, and nothing else of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import check

PROGRAM = """
import bisect
import dataclasses
import functools
import heapq
import itertools
import operator
import threading
from operator import attrgetter, itemgetter

@dataclasses.dataclass
class Row:
    n: int
    other: int = 0

    @property
    def rank(self):
        return self.n

    def ranked(self):
        return self.n

def by_n(row):
    return row.n

def by_both(one, two):
    return one.n - two.n

def ordered(items, key):
    return sorted(items, key=key)

def in_place(items, **how):
    items.sort(**how)
    return items

get = attrgetter("n")
first, second = Row(1), Row(2)
rows = [first, second]

def write():
    {write}

def read():
    found = {read}
    assert found is first

threads = [threading.Thread(target=write), threading.Thread(target=read)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""

IN_ONE_GO = {
    "a getter": "sorted(rows, key=attrgetter('n'))[0]",
    "a getter made before": "sorted(rows, key=get)[0]",
    "a getter that is handed on": "ordered(rows, get)[0]",
    "of what is left": "min(rows, key=attrgetter('n'))",
    "of what a condition leaves": "min(rows if rows else [], key=get)",
    "in place": "in_place(rows, key=attrgetter('n'))[0]",
    "in place, by a name": "in_place(rows, key=get)[0]",
    "of what passes": "sorted(filter(None, rows), key=attrgetter('n'))[0]",
    "what is made of all": "first if list(map(attrgetter('n'), rows))[0] == 1 else None",
    "the least that is made": "first if min(map(attrgetter('n'), rows)) == 1 else None",
    "the sum of what is made": "first if sum(map(attrgetter('n'), rows)) in (1, 3) else None",
    "several": "sorted(rows, key=attrgetter('n', 'n'))[0]",
}
"""Ways to find the first row by code that is not the program's own alone, with nobody in between."""

IN_STEPS = {
    "a function": "sorted(rows, key=by_n)[0]",
    "a function that is handed on": "ordered(rows, by_n)[0]",
    "the least by a function": "min(rows, key=by_n)",
    "a function, in place": "in_place(rows.copy(), key=by_n)[0]",
    "a comparison": "sorted(rows, key=functools.cmp_to_key(by_both))[0]",
    "a property": "sorted(rows, key=attrgetter('rank'))[0]",
    "a method": "sorted(rows, key=operator.methodcaller('ranked'))[0]",
    "a method of the class": "sorted(rows, key=Row.ranked)[0]",
    "items one by one": "sorted((row for row in rows), key=attrgetter('n'))[0]",
    "the least of items one by one": "min((row for row in rows), key=attrgetter('n'))",
    "of a dictionary's values": "min(dict(enumerate(rows)).values(), key=get)",
    "in place, of a copy": "in_place(rows.copy(), key=attrgetter('n'))[0]",
    "the least of two": "min(first, second, key=get)",
    "the least of those": "min(*rows, key=get)",
    "the smallest": "heapq.nsmallest(1, (row for row in rows), key=attrgetter('n'))[0]",
    "groups": "{key: list(rows) for key, rows in itertools.groupby(rows, key=attrgetter('n'))}.get(1, [None])[0]",
}
"""Ways to find the first row in which code of the program's own runs, or several steps are made."""

ALL = IN_ONE_GO | IN_STEPS


@pytest.mark.parametrize("strategy", ["mixed", "dpor"])
@pytest.mark.parametrize("name", ALL)
def test_what_a_key_function_reads_is_seen(name: str, strategy: str, tmp_path: Path) -> None:
    source = PROGRAM.format(write="first.n = 3; first.n = 1", read=ALL[name])
    finding = check(tmp_path, source, "--strategy", strategy)["findings"][0]
    assert finding["kind"] == "assertion", finding["text"]


@pytest.mark.parametrize("key", ["attrgetter('n')", "get", "by_n"])
def test_where_an_item_belongs_is_seen(key: str, tmp_path: Path) -> None:
    # Rows that nobody could compare otherwise.
    source = PROGRAM.replace("@dataclasses.dataclass", "@dataclasses.dataclass(eq=False)")
    read = f"bisect.insort(rows, Row(1), key={key}) or rows[0]"
    finding = check(tmp_path, source.format(write="first.n = 3; first.n = 1", read=read), "--strategy", "dpor")["findings"][0]
    assert finding["kind"] == "assertion", finding["text"]


@pytest.mark.parametrize("name", ALL)
def test_what_it_does_not_read_is_no_race(name: str, tmp_path: Path) -> None:
    answer = check(tmp_path, PROGRAM.format(write="first.other = 3", read=ALL[name]), "--races")
    assert (answer["verdict"], answer["findings"]) == ("clean", []), answer


@pytest.mark.parametrize("name", IN_ONE_GO)
def test_nobody_comes_in_between_the_items_and_what_they_are_compared_by(name: str, tmp_path: Path) -> None:
    read = IN_ONE_GO[name].replace("'n', 'n'", "'other', 'n'")
    # Whoever still finds the second row finds its number, too.
    source = PROGRAM.format(write="rows.pop(); del second.n", read=read)
    answer = check(tmp_path, source, "--strategy", "dfs")
    assert (answer["verdict"], answer["findings"]) == ("clean", []), answer


def test_what_a_key_function_returns_is_read_as_well(tmp_path: Path) -> None:
    source = PROGRAM.replace("other: int = 0", "other: list = dataclasses.field(default_factory=list)")
    read = "sorted(rows, key=attrgetter('other'))[0]"
    finding = check(tmp_path, source.format(write="first.other.append(1); first.other.pop()", read=read))["findings"][0]
    assert finding["kind"] == "assertion", finding["text"]
    answer = check(tmp_path, source.format(write="first.n = 3", read=read), "--races")
    assert (answer["verdict"], answer["findings"]) == ("clean", []), answer


KEPT = """
import threading
from itertools import chain
from operator import attrgetter, itemgetter

class Row:
    def __init__(self, n):
        self.n = n
        self.items = [n]

first, second = Row(1), Row(2)
rows = [first, second]
lock = threading.Lock()

def made():
    with lock:
        return {made}

def move():
    with lock:
        first.n += 1; first.items.append(1)
        second.n -= 1; second.items.append(1)

def add():
    total = 0
    for n in made():
        total += n
    assert total == {total}

threads = [threading.Thread(target=move), threading.Thread(target=add)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.parametrize(
    ("made", "total"),
    [
        ("map(attrgetter('n'), rows)", 3),
        ("chain(map(attrgetter('n'), rows))", 3),
        ("map(len, [first.items, second.items])", "2 or total == 4"),
        ("map(itemgetter(0), map(attrgetter('items'), rows))", 3),
    ],
)
def test_what_is_made_later_is_read_later(made: str, total: object, tmp_path: Path) -> None:
    answer = check(tmp_path, KEPT.format(made=made, total=total), "--strategy", "dpor")
    if "itemgetter" in made:
        assert (answer["verdict"], answer["findings"]) == ("clean", []), answer
    else:
        assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer
    at_once = KEPT.format(made=f"list({made})", total=total)
    answer = check(tmp_path, at_once, "--strategy", "dpor", "--races")
    assert (answer["verdict"], answer["findings"]) == ("clean", []), answer


MAKING = """
import threading
from collections import defaultdict
from operator import getitem, itemgetter

counts = defaultdict(int)
get = itemgetter("n")

def set():
    if "n" not in counts:
        counts["n"] = 5

def look():
    {look}

threads = [threading.Thread(target=set), threading.Thread(target=look)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert counts["n"] == 5
"""


@pytest.mark.parametrize(
    "look",
    [
        "itemgetter('n')(counts)",
        "get(counts)",
        "getitem(counts, 'n')",
        "list(map(counts.__getitem__, 'n'))",
        "min('n', 'm', key=counts.__getitem__)",
    ],
)
def test_a_getter_makes_the_item_that_a_defaultdict_does_not_have(look: str, tmp_path: Path) -> None:
    answer = check(tmp_path, MAKING.format(look=look), "--strategy", "dpor")
    assert answer["findings"], answer


def test_a_getter_is_what_it_was_made_by(tmp_path: Path) -> None:
    source = """
        import threading
        from operator import attrgetter, itemgetter

        name, first = attrgetter("name"), itemgetter(0)
        assert isinstance(name, attrgetter) and isinstance(first, itemgetter) and not isinstance(name, itemgetter)
    """
    assert check(tmp_path, source)["verdict"] == "clean"
