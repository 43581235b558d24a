"""Looks at what others change without a line of the program that says so: an interleaving of each order is searched."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from command import check

PROGRAM = """
import threading
{shared}
seen = []

def act():
{act}

def look():
{look}

tasks = [threading.Thread(target=act), threading.Thread(target=look)]
for task in tasks:
    task.start()
for task in tasks:
    task.join()
{after}
assert seen != [{never}], seen
"""

EVENT = "done = threading.Event()\n"
THREAD = "thread = threading.Thread(target=lambda: None)\n"
ENDS = f"{EVENT}thread = threading.Thread(target=done.wait)\n"

THREADS = {
    "how many threads there are when one starts": (
        ENDS,
        "thread.start()",
        "seen.append(threading.active_count() > 3); done.set()",
    ),
    "how many threads there are when one ends": ("", "", "seen.append(threading.active_count() > 2)"),
    "which threads there are when one ends": ("", "", "seen.append(tasks[0] in threading.enumerate())"),
    "whether a thread lives that starts": (ENDS, "thread.start()", "seen.append(thread.is_alive()); done.set()"),
    "whether a thread lives that ends": ("", "", "seen.append(tasks[0].is_alive())"),
    "a thread's number": (THREAD, "thread.start()", "seen.append(thread.ident is not None)"),
    "a thread's native number": (THREAD, "thread.start()", "seen.append(thread.native_id is not None)"),
    "a thread's text": (THREAD, "thread.start()", "seen.append('initial' in repr(thread))"),
    "a thread that may be joined": (
        THREAD,
        "thread.start()",
        "try:\n    thread.join()\nexcept RuntimeError:\n    seen.append(False)\nelse:\n    seen.append(True)",
    ),
    "a thread that may be started": (
        THREAD,
        "try:\n    thread.start()\nexcept RuntimeError:\n    seen.append(False)",
        "try:\n    thread.start()\nexcept RuntimeError:\n    seen.append(True)",
    ),
}

CLASS = "class Box:\n    n = 0\nbox = Box()\n"


def step(code: str) -> str:
    """Return a step of a generator that somebody else may be in the middle of."""
    return f"try:\n    {code}\nexcept ValueError:\n    pass"


def unless_it_runs(code: str) -> str:
    """Return the same, with what is seen."""
    return f"try:\n    seen.append({code})\nexcept ValueError:\n    seen.append(None)"


STEPS = "def count():\n    yield False\n    yield True\nsteps = count()\n"
ZIP = f"{STEPS}both = zip(steps, 'ab')\n"
TEE = "import itertools\nsource = iter([False, True])\nsteps, _ = itertools.tee(source)\n"
FOUND = "import re\nsteps = re.finditer('.', 'ab')\n"
POOL = "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)\n"
PERMIT = "permits = threading.Semaphore(1)\n"

CHANGES = {
    # What is only ever changed in place.
    "a class's attribute": (CLASS, "Box.n += 1", "seen.append(Box.n == 1)"),
    "a class's attribute, of an instance": (CLASS, "Box.n += 1", "seen.append(box.n == 1)"),
    # What is walked through by the standard library's own Python code.
    "a user dictionary's values": (
        "import collections\nbook = collections.UserDict()",
        "book['a'] = 1",
        "seen.append(list(book.values()) == [1])",
    ),
    "a chain's items": (
        "import collections\nfirst = {}\nbook = collections.ChainMap(first)",
        "first['a'] = 1",
        "seen.append([item for item in book.items()] == [('a', 1)])",
    ),
    "a weak dictionary's values": (
        f"import weakref\n{CLASS}book = weakref.WeakKeyDictionary()",
        "book[box] = 1",
        "seen.append(list(book.values()) == [1])",
    ),
    # A generator, and iterators with another behind them.
    "a generator that is closed": (STEPS, "steps.close()", unless_it_runs("next(steps, None) is None")),
    "a generator that is sent something": (STEPS, step("steps.send(None)"), unless_it_runs("steps.send(None)")),
    "a generator by its method": (STEPS, step("steps.__next__()"), unless_it_runs("steps.__next__()")),
    "a generator that is thrown at": (
        STEPS,
        "try:\n    steps.throw(KeyError)\nexcept (KeyError, ValueError):\n    pass",
        unless_it_runs("next(steps, None) is None"),
    ),
    "a generator that is searched": (STEPS, step("True in steps"), unless_it_runs("next(steps, True)")),
    "a generator's frame": (STEPS, "list(steps)", "seen.append(steps.gi_frame is None)"),
    "a generator behind a zip": (ZIP, step("next(both)"), unless_it_runs("next(steps)")),
    "an iterator behind a tee": (TEE, "next(steps)", "seen.append(next(source))"),
    "matches": (FOUND, "next(steps)", "seen.append(next(steps).group() == 'b')"),
    "pairs": ("import itertools\npairs = itertools.pairwise('abc')", "next(pairs)", "seen.append(next(pairs) == ('b', 'c'))"),
    # What keeps to itself what it holds.
    "a hash": ("import hashlib\nh = hashlib.sha256()", "h.update(b'a')", "seen.append(h.digest() != hashlib.sha256().digest())"),
    "random numbers": (
        "import random\nr = random.Random(1)\nfirst = random.Random(1).random()",
        "r.random()",
        "seen.append(r.random() != first)",
    ),
    "a context": (
        "import contextvars\nv = contextvars.ContextVar('v')\nc = contextvars.copy_context()",
        "c.run(v.set, 1)",
        "seen.append(v in c.run(contextvars.copy_context))",
    ),
    "a reader of rows": ("import csv\nrows = csv.reader(['a', 'b'])", "next(rows)", "seen.append(next(rows) == ['b'])"),
    "an element's children": (
        "import xml.etree.ElementTree as tree\nroot = tree.Element('a')",
        "tree.SubElement(root, 'b')",
        "seen.append(len(root) == 1)",
    ),
    "an element's text": (
        "import xml.etree.ElementTree as tree\nroot = tree.Element('a')",
        "root.text = 'b'",
        "seen.append(root.text == 'b')",
    ),
    "a file that is closed": ("import tempfile\nfile = tempfile.TemporaryFile()", "file.close()", "seen.append(file.closed)"),
    "a named file": (
        "import tempfile\nfile = tempfile.NamedTemporaryFile()",
        "file.write(b'a')",
        "seen.append(file.tell() == 1)",
    ),
    "dumped into": ("import io, json\ntext = io.StringIO()", "json.dump(1, text)", "seen.append(text.getvalue() == '1')"),
    "written as rows": (
        "import csv, io\ntext = io.StringIO()\nrows = csv.writer(text)",
        "rows.writerow([1])",
        "seen.append(text.tell() > 0)",
    ),
    "written as rows with names": (
        "import csv, io\ntext = io.StringIO()\nrows = csv.DictWriter(text, ['a'])",
        "rows.writerow({'a': 1})",
        "seen.append(text.tell() > 0)",
    ),
    "pickled into": (
        "import io, pickle\ndata = io.BytesIO()\npickler = pickle.Pickler(data)",
        "pickler.dump(1)",
        "seen.append(data.tell() > 0)",
    ),
    "the bytes of a stream": (
        "import io\ndata = io.BytesIO(b'a')\nview = data.getbuffer()",
        "view[0] = 98",
        "seen.append(data.getvalue() == b'b')",
    ),
    "an exception's arguments": ("error = ValueError(False)", "error.args = (True,)", "seen.append(error.args[0])"),
    "an exception's cause": ("error = ValueError()", "error.__cause__ = KeyError()", "seen.append(error.__cause__ is not None)"),
    "copied by a class under another name": ("items, copied = [], list", "items.append(1)", "seen.append(copied(items) == [1])"),
    # Fields of the standard library's objects.
    "a semaphore's value": (PERMIT, "permits.acquire()", "seen.append(permits._value == 0)"),
    "a condition's waiters": (
        "changed = threading.Condition()",
        "with changed:\n    changed.wait(1)",
        "seen.append(len(changed._waiters) == 1)",
    ),
    "whether a condition has waiters": (
        "changed = threading.Condition()",
        "with changed:\n    changed.wait(1)",
        "seen.append(not changed._waiters)",
    ),
    "a pool's threads": (POOL, "pool.submit(int)", "seen.append(len(pool._threads) == 1)", "pool.shutdown()"),
    "a pool's backlog": (
        f"{POOL}{EVENT}pool.submit(done.wait)",
        "pool.submit(int)",
        "seen.append(pool._work_queue.qsize() == 1); done.set()",
        "pool.shutdown()",
    ),
}

ROWS = "rows = [[1], [2]]\n"
POINTS = "import dataclasses\n@dataclasses.dataclass\nclass Point:\n    x: int\npoints = [Point(1), Point(2)]\n"

NESTED = {
    # What is in a container that was made for the look alone.
    "the items of a copy": (ROWS, "rows[0][0] = 3", "seen.append(list(rows) == [[3], [2]])"),
    "the items of a comprehension": (ROWS, "rows[0][0] = 3", "seen.append([row for row in rows] == [[3], [2]])"),
    "the items of a tuple": (ROWS, "rows[0][0] = 3", "seen.append(tuple(rows) > ([2],))"),
    "the items of a list, unpacked": (ROWS, "rows[0][0] = 3", "seen.append([*rows] == [[3], [2]])"),
    "the items of either": (ROWS, "rows[0][0] = 3", "seen.append((rows or []) == [[3], [2]])"),
    "the text of a copy": (ROWS, "rows[0][0] = 3", "seen.append(str(list(rows)) == '[[3], [2]]')"),
    "the values of a copied dictionary": ("d = {'a': [1]}", "d['a'].append(2)", "seen.append(f'{dict(d)}' == \"{'a': [1, 2]}\")"),
    "a list of values": ("d = {'a': [1]}", "d['a'].append(2)", "seen.append(list(d.values()) == [[1, 2]])"),
    # What an item is compared with.
    "an item that is searched": (ROWS, "rows[0][0] = 3", "seen.append([3] in rows)"),
    "an item of a tuple": ("pair = [1], [2]", "pair[0][0] = 3", "seen.append([3] in pair)"),
    "an object that is searched": (POINTS, "points[0].x = 3", "seen.append(Point(3) in points)"),
    "an object that is counted": (POINTS, "points[0].x = 3", "seen.append(points.count(Point(3)) == 1)"),
    "an object that is found": (POINTS, "points[0].x = 2", "seen.append(points.index(Point(2)) == 0)"),
    "a value that is searched": ("d = {'a': [1]}", "d['a'].append(2)", "seen.append([1, 2] in d.values())"),
    "the largest of some items": (ROWS, "rows[0][0] = 3", "seen.append(max(row for row in rows) == [3])"),
    "an item that is not empty": ("rows = [[]]", "rows[0].append(1)", "seen.append(any(row for row in rows))"),
    "items that are not empty": ("rows = [[]]", "rows[0].append(1)", "seen.append(len(list(filter(None, rows))) == 1)"),
    "the smallest on a heap": (f"import heapq\n{ROWS}", "rows[0][0] = 3", "seen.append(heapq.nsmallest(1, rows) == [[2]])"),
    "lists that are added": (ROWS, "rows[0].append(3)", "seen.append(sum(rows, []) == [1, 3, 2])"),
    "links of a chain": (
        f"import itertools\n{ROWS}links = itertools.chain.from_iterable(rows)",
        "rows[0].append(3)",
        "seen.append(list(links) == [1, 3, 2])",
    ),
    # What is looked up.
    "a table for characters": ("d = {97: 'b'}", "d[97] = 'c'", "seen.append('a'.translate(d) == 'c')"),
    "a template's names": (
        "import string\nd = {'a': 1}\ntext = string.Template('$a')",
        "d['a'] = 2",
        "seen.append(text.substitute(d) == '2')",
    ),
    "the names of attributes": (CLASS, "box.m = 1", "seen.append('m' in dir(box))"),
    "an attribute that is described": (
        f"import inspect\n{CLASS}",
        "box.n = 1",
        "seen.append(inspect.getattr_static(box, 'n') == 1)",
    ),
    "what is in an exception's arguments": (
        "error = ValueError([1])",
        "error.args[0].append(2)",
        "seen.append('2' in str(error))",
    ),
}

LOOKS = THREADS | CHANGES | NESTED


def program(shared: str, act: str, look: str, after: str = "", *, never: bool) -> str:
    body = {"act": act or "pass", "look": look}
    return PROGRAM.format(shared=shared, after=after, never=never, **{n: textwrap.indent(b, "    ") for n, b in body.items()})


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
@pytest.mark.parametrize("name", LOOKS)
def test_a_look_may_come_before_and_after(name: str, strategy: str, tmp_path: Path) -> None:
    for never in (False, True):
        answer = check(tmp_path, program(*LOOKS[name], never=never), "--strategy", strategy, executions=5000)
        assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer


COUNTED = """
    import threading

    lock = threading.Lock()

    def work():
        with lock:
            {look}

    tasks = [threading.Thread(target=work) for _ in range(3)]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
"""


@pytest.mark.parametrize(("look", "interleavings"), [("pass", 6), ("tasks[0].ident", 6), ("threading.active_count()", 280)])
def test_the_ends_of_threads_have_an_order_only_for_those_who_look(tmp_path: Path, look: str, interleavings: int) -> None:
    for strategy in ("dpor", "dfs"):
        answer = check(tmp_path, COUNTED.format(look=look), "--strategy", strategy, executions=20_000)
        assert (answer["verdict"], answer["distinct"]) == ("clean", interleavings), answer


STANDS = """
import functools, queue, threading

lock, other = threading.Lock(), threading.Lock()
places, runs = queue.Queue(), []

def count():
    places.put(1)
    yield 1
    yield 2

@functools.lru_cache
def load(key):
    runs.append(key)

steps = count()
{shared}

def first():
    with lock:
        pass
    {step}

def second():
    with other:
        pass
    {step}

tasks = [threading.Thread(target=first), threading.Thread(target=second)]
for task in tasks:
    task.start()
for task in tasks:
    task.join()
assert len(runs) < 2
"""

INSIDE = {
    "next": ("", "next(steps)", "uncaught-exception"),
    "send": ("", "steps.send(None)", "uncaught-exception"),
    "a list": ("", "list(steps)", "uncaught-exception"),
    "a loop": ("", "for step in steps: break", "uncaught-exception"),
    "behind a map": ("steps = map(str, count())", "next(steps)", "uncaught-exception"),
    "a cache": ("", "load(1)", "assertion"),
}


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
@pytest.mark.parametrize("name", INSIDE)
def test_what_stands_at_a_point_inside_is_found_running(name: str, strategy: str, tmp_path: Path) -> None:
    shared, step, kind = INSIDE[name]
    answer = check(tmp_path, STANDS.format(shared=shared, step=step), "--strategy", strategy, executions=5000)
    assert [finding["kind"] for finding in answer["findings"]] == [kind], answer


def test_a_generator_of_ones_own_may_stand_at_points(tmp_path: Path) -> None:
    text = STANDS.format(shared="", step="mine = count(); list(mine)")
    for strategy in ("dpor", "dfs"):
        answer = check(tmp_path, text, "--strategy", strategy)
        assert (answer["verdict"], answer["distinct"]) == ("clean", 2), answer
        assert strategy == "dfs" or answer["executions"] == 2, answer


def test_nothing_is_proved_of_a_cache_that_is_emptied_while_others_may_ask(tmp_path: Path) -> None:
    shared = "import functools\n@functools.cache\ndef load():\n    return object()\nfirst = load()"
    text = program(shared, "load.cache_clear()", "seen.append(load() is not first)", never=False)
    answer = check(tmp_path, text)
    assert answer["verdict"] == "clean-so-far", answer
    text = text.replace("task.start()", "task.start(); task.join()")
    assert check(tmp_path, text)["verdict"] == "clean-so-far"


WEAK = "import weakref\nclass Box:\n    def go(self): pass\nbox = Box()\n"

ALIVE = """
def is_alive():
    try:
        return bool(weak.go)
    except ReferenceError:
        return False
"""

DEATHS = {
    "a reference": ("weak = weakref.ref(box)", "weak()"),
    "a method's": ("weak = weakref.WeakMethod(box.go)", "weak()"),
    "a proxy": ("weak = weakref.proxy(box)\n" + ALIVE, "is_alive()"),
    "a finalizer": ("weak = weakref.finalize(box, int)", "weak.alive"),
    "a dictionary of values": ("weak = weakref.WeakValueDictionary(a=box)", "'a' in weak"),
    "a dictionary of keys": ("weak = weakref.WeakKeyDictionary({box: 1})", "list(weak.values())"),
    "a set": ("weak = weakref.WeakSet([box])", "len(weak)"),
}


@pytest.mark.parametrize("name", DEATHS)
def test_nothing_is_proved_of_who_looks_before_an_object_dies_and_who_after(name: str, tmp_path: Path) -> None:
    made, look = DEATHS[name]
    drop = "global box\nbox = None"
    answer = check(tmp_path, program(f"{WEAK}{made}", drop, f"seen.append(not {look})", never=False))
    assert answer["verdict"] == "clean-so-far", answer
    assert answer["reasons"] == ["an object dies that others may find by a weak reference, before or after"]
    # Nobody looks, or it lives on.
    answer = check(tmp_path, program(f"{WEAK}{made}\nkept = box", drop, f"seen.append({look})", never=False))
    assert answer["verdict"] == "clean", answer


@pytest.mark.parametrize("name", DEATHS)
def test_a_death_that_a_lock_puts_in_order_is_one_like_any_other(name: str, tmp_path: Path) -> None:
    made, look = DEATHS[name]
    drop = "global box\nwith lock:\n    box = None"
    shared = f"{WEAK}{made}\nlock = threading.Lock()"
    for never in (False, True):
        answer = check(tmp_path, program(shared, drop, f"with lock:\n    seen.append(not {look})", never=never))
        assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
def test_an_iterator_is_used_up_in_one_step(strategy: str, tmp_path: Path) -> None:
    never = program("numbers = iter([1, 2])", "next(numbers, None)", "seen.append(list(numbers))", never=False)
    answer = check(tmp_path, never, "--strategy", strategy, executions=5000)
    assert (answer["verdict"], answer["distinct"], answer["reasons"]) == ("clean", 2, []), answer


RUNS = {
    "a step": "next(steps)",
    "a loop": "for _ in steps:\n    pass",
    "what goes on with it": "next(both)",
    "a list": "list(steps)",
    "what is sent": "steps.send(None)",
}


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
@pytest.mark.parametrize("name", RUNS)
def test_a_generator_that_runs_cannot_be_gone_on_with(name: str, strategy: str, tmp_path: Path) -> None:
    act = f"with guard:\n{textwrap.indent(RUNS[name], '    ')}"
    shared = f"import contextlib\n{ZIP}guard = {{}}"
    source = program(shared.format("contextlib.nullcontext()"), act, act, never=True)
    answer = check(tmp_path, source, "--strategy", strategy)
    assert [finding["kind"] for finding in answer["findings"]] == ["uncaught-exception"], answer
    assert "generator already executing" in answer["findings"][0]["text"]
    source = program(shared.format("threading.Lock()"), act, act, never=True)
    answer = check(tmp_path, source, "--strategy", strategy)
    assert answer["verdict"] == "clean", answer
