"""Loops over shared containers: each step is a read, and others may change the container between two steps."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from command import check

PROGRAM = """
import collections
import functools
import itertools
import threading

lock = threading.Lock()
shared = {shared}

def walk():
    {guard}
{walk}

def change():
    {guard}
        {change}

threads = [threading.Thread(target=walk), threading.Thread(target=change)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def program(shared: str, walk: str, change: str, *, locked: bool) -> str:
    guard = "with lock:" if locked else "if True:"
    return PROGRAM.format(shared=shared, walk=textwrap.indent(walk, " " * 8), change=change, guard=guard)


PAIR = "{'a': 1, 'b': 2}"
NEW_KEY = "shared['c'] = 3"

LOST = {
    "dict": (PAIR, "for key in shared: pass", NEW_KEY),
    "dict, an item less": (PAIR, "for key in shared: pass", "del shared['a']"),
    "items": (PAIR, "for key, value in shared.items(): pass", NEW_KEY),
    "keys": (PAIR, "for key in shared.keys(): pass", NEW_KEY),
    "values": (PAIR, "for value in shared.values(): pass", NEW_KEY),
    "reversed": (PAIR, "for key in reversed(shared): pass", NEW_KEY),
    "deque": ("collections.deque('ab')", "for letter in shared: pass", "shared.append('c')"),
    "set": ("{1, 2}", "for number in shared: pass", "shared.add(3)"),
    "ordered dict": (f"collections.OrderedDict({PAIR})", "for key in shared: pass", NEW_KEY),
    "default dict": (f"collections.defaultdict(int, {PAIR})", "for key in shared: pass", "shared['c'] += 1"),
    "list that skips": (
        "[1, 2]",
        "seen = 0\nfor number in shared:\n    seen += 1\nassert seen == 2",
        "shared.pop(0); shared.append(3)",
    ),
    "list comprehension": (PAIR, "[key for key in shared]", NEW_KEY),
    "dict comprehension": (PAIR, "{key: value for key, value in shared.items()}", NEW_KEY),
    "inner loop": (PAIR, "[key for _ in '12' for key in shared]", NEW_KEY),
    "generator expression": (PAIR, "sum(value for value in shared.values())", NEW_KEY),
    "generator expression begun before": ("{}", "sum(value for value in shared.values())", NEW_KEY),
    "enumerate": (PAIR, "for number, key in enumerate(shared): pass", NEW_KEY),
    "zip": (PAIR, "for number, key in zip(range(9), shared): pass", NEW_KEY),
    "zip of all": (PAIR, "for key, _ in zip(*[shared, shared]): pass", NEW_KEY),
    "chain": (PAIR, "for key in itertools.chain(shared, 'x'): pass", NEW_KEY),
    "groupby": (PAIR, "for _, keys in itertools.groupby(shared, ord): pass", NEW_KEY),
    "a group": (PAIR, "for _, keys in itertools.groupby(shared, lambda key: 0):\n    for key in keys: pass", NEW_KEY),
    "accumulate": (PAIR, "for keys in itertools.accumulate(shared): pass", NEW_KEY),
    "accumulate with a function": (PAIR, "list(itertools.accumulate(shared, lambda one, other: one))", NEW_KEY),
    "reduce with a function": (PAIR, "functools.reduce(lambda one, other: one, shared)", NEW_KEY),
    "dropwhile with a function": (PAIR, "list(itertools.dropwhile(lambda key: True, shared))", NEW_KEY),
    "filterfalse with a function": (PAIR, "list(itertools.filterfalse(lambda key: key, shared))", NEW_KEY),
    "starmap with a function": (PAIR, "list(itertools.starmap(lambda key: key, zip(shared)))", NEW_KEY),
    "takewhile with a function": (PAIR, "list(itertools.takewhile(lambda key: True, shared))", NEW_KEY),
    "an iterator made before": (PAIR, "keys = iter(shared)\nfor key in keys: pass", NEW_KEY),
    "next": (PAIR, "keys = iter(shared)\nnext(keys)\nnext(keys)", NEW_KEY),
    "yield from": (PAIR, "def every():\n    yield from shared\nlist(every())", NEW_KEY),
    "map with a function": (PAIR, "list(map(lambda key: key, shared))", NEW_KEY),
    "max with a function": (PAIR, "max(shared, key=lambda key: shared[key])", NEW_KEY),
    "what a function returns": (PAIR, "def get():\n    return shared\nfor key in get(): pass", NEW_KEY),
    "an item less in front": ("[1, 2, 3]", "size = len(shared)\nassert shared[size - 1]", "del shared[0]"),
    "an own class around it": (
        PAIR,
        "class Shelf:\n    def __iter__(self):\n        return iter(shared)\nfor key in Shelf(): pass",
        NEW_KEY,
    ),
}
if sys.version_info >= (3, 12):
    LOST["batched"] = (PAIR, "for keys in itertools.batched(shared, 1): pass", NEW_KEY)


@pytest.mark.parametrize("name", LOST)
def test_a_container_changes_between_two_steps(name: str, tmp_path: Path) -> None:
    answer = check(tmp_path, program(*LOST[name], locked=False))
    kinds = [finding["kind"] for finding in answer["findings"]]
    assert kinds == ["assertion" if name == "list that skips" else "uncaught-exception"], answer
    answer = check(tmp_path, program(*LOST[name], locked=True))
    assert (answer["verdict"], answer["distinct"], answer["notes"]) == ("clean", 2, []), answer


KEPT = {
    "a copy": (PAIR, "for key in list(shared): pass", NEW_KEY),
    "read in one go": (PAIR, "list(shared), sorted(shared.items()), sum(shared.values()), ','.join(shared)", NEW_KEY),
    "folded in one go": (PAIR, "functools.reduce(max, shared)", NEW_KEY),
    "compared by a method": (PAIR, "max(shared, key=shared.get), sorted(shared, key=shared.get)", NEW_KEY),
    "a value": (PAIR, "for key in shared: pass", "shared['a'] = 3"),
    # Between the loop's beginning and its first step nobody comes in.
    "nothing yet": ("{}", "for key in shared: pass", NEW_KEY),
    "a list that grows": ("[1, 2]", "assert len([number for number in shared]) >= 2", "shared.append(3)"),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_cannot_go_wrong_is_clean(name: str, tmp_path: Path) -> None:
    answer = check(tmp_path, program(*KEPT[name], locked=False))
    assert (answer["verdict"], answer["findings"]) == ("clean", []), answer


def test_a_report_quotes_the_loop(tmp_path: Path) -> None:
    text = program("[1, 2]", "for number in shared: pass", "shared.append(3)", locked=False)
    (finding,) = check(tmp_path, text, "--races")["findings"]
    assert finding["kind"] == "data-race"
    line = text.splitlines().index("        for number in shared: pass") + 1
    assert f"program.py:{line}  for number in shared: pass" in finding["text"]


PLAIN = """
import collections
import gc
import inspect
import operator
import threading
import weakref

class Countdown:
    asked = 0
    def __init__(self, start):
        self.left = start
    def __iter__(self):
        self.asked += 1
        return self
    def __next__(self):
        if not self.left:
            raise StopIteration("over")
        self.left -= 1
        return self.left
    def __length_hint__(self):
        return self.left

class NextOnly:
    def __next__(self):
        raise StopIteration

class Once:
    def __iter__(self):
        return NextOnly()

class Bare:
    __iter__ = None

def visit(items, stop=None):
    seen = []
    for item in items:
        if item == "skip":
            continue
        seen.append(item)
        if item == stop:
            break
    else:
        seen.append("all")
    return seen

def generate():
    sent = yield 1
    try:
        yield sent
    except KeyError:
        yield "caught"
    return "value"

def delegate(inner):
    result = yield from inner
    yield result

async def letters():
    for letter in ["a", "b"]:
        yield letter

async def collect():
    return [letter async for letter in letters()]

def work():
    assert visit(["a", "skip", "b"]) == ["a", "b", "all"]
    assert visit(["a", "b", "c"], "b") == ["a", "b"]
    assert visit([]) == ["all"] and visit({}) == ["all"]
    assert [x + y for x in [1, 2] if x > 1 for y in (1, 2)] == [3, 4]
    assert {k: v for k, v in {"a": 1}.items()} == {"a": 1}
    grown = [1, 2]
    for item in grown:
        if len(grown) < 5:
            grown.append(item)
    assert grown == [1, 2, 1, 2, 1]
    countdown = Countdown(3)
    assert operator.length_hint(countdown) == 3
    assert [x for x in countdown] == [2, 1, 0] and countdown.asked in (1, ASKED)
    for x in Once():
        raise AssertionError(x)
    # An iterator that is asked for its iterator needs to have one.
    assert ASKED > 1 or [x for x in Once()] == []
    for wrong in (5, None, Bare()):
        try:
            for _ in wrong:
                pass
        except TypeError as e:
            assert "not iterable" in str(e)
        else:
            raise AssertionError
    try:
        for key in (d := {1: 1, 2: 2}):
            d[key + 10] = 1
    except RuntimeError as e:
        assert str(e) == "dictionary changed size during iteration"
        lines, start = inspect.getsourcelines(work)
        assert lines[e.__traceback__.tb_lineno - start].strip() == "for key in (d := {1: 1, 2: 2}):"
    else:
        raise AssertionError
    both = delegate(generate())
    assert next(both) == 1 and both.send(5) == 5 and both.throw(KeyError) == "caught" and next(both) == "value"
    listed = delegate([1])
    assert [x for x in listed] == [1, None]
    own = delegate(Countdown(1))
    assert [x for x in own] == [0, "over"]
    lazy = (x for x in [1, 2])
    assert inspect.isgenerator(lazy) and next(lazy) == 1 and list(lazy) == [2]
    try:
        (x for x in 5)
    except TypeError as e:
        assert "not iterable" in str(e)
    else:
        raise AssertionError
    steps = collect().__await__()
    try:
        next(steps)
    except StopIteration as e:
        assert e.value == ["a", "b"]
    # A loop left in the middle keeps nothing alive, nor does a cycle through one that stands still.
    class Item:
        pass
    items = collections.deque([Item()])
    known = weakref.ref(items[0])
    def standing():
        for item in items:
            yield item
    walker = standing()
    items.append(walker)
    next(walker)
    del items, walker, standing
    gc.collect()
    return known
"""


def times_asked() -> int:
    """How often a comprehension asks for an iterator differs from version to version."""

    class Asked:
        times = 0

        def __iter__(self) -> Asked:
            self.times += 1
            return self

        def __next__(self) -> int:
            raise StopIteration

    asked = Asked()
    assert [x for x in asked] == []
    return asked.times


def test_other_loops_are_as_they_were(tmp_path: Path) -> None:
    main = """
        known = []
        threads = [threading.Thread(target=lambda: known.append(work())) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Where threads run in parallel, one that asks for a collection while another collects gets none.
        gc.collect()
        assert [ref() for ref in known] == [None, None]
    """
    text = PLAIN.replace("ASKED", str(times_asked())) + textwrap.dedent(main)
    (tmp_path / "plain.py").write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, "plain.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    answer = check(tmp_path, text)
    assert (answer["verdict"], answer["findings"]) == ("clean", []), answer


def test_a_long_loop_over_what_nobody_changes_makes_no_points(tmp_path: Path) -> None:
    text = program("list(range(5000))", "for number in shared: pass", "for number in shared: pass", locked=False)
    answer = check(tmp_path, text)
    assert (answer["verdict"], answer["distinct"]) == ("clean", 1)
    assert answer["points"] < 100 * answer["executions"]
