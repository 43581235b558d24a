"""Shared state inside objects of the standard library, and what compiled code reads of the program's own objects."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest
from command import check

PROGRAM = """
import argparse, array, collections, copy, dataclasses, functools, io, itertools, json, operator, os, pickle, types, weakref
import threading

class Box:
    def __init__(self):
        self.n = 0
        self.m = [0]

@dataclasses.dataclass(order=True, unsafe_hash=True)
class Pair:
    n: int = 0

lock = threading.Lock()
runs = []
{shared}

def work():
    with {guard}:
{work}

class Nothing:
    def __enter__(self): pass
    def __exit__(self, *_): pass

threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
{after}
"""


def program(shared: str, work: str, after: str = "", *, locked: bool) -> str:
    guard = "lock" if locked else "Nothing()"
    return PROGRAM.format(shared=shared, work=textwrap.indent(work, " " * 8), after=after, guard=guard)


ONCE = "assert len(runs) == 1"


def asked(shared: str, question: str, answer: str) -> tuple[str, str, str]:
    """Return a program that acts once if nobody comes in between."""
    return shared, f"if {question}:\n    {answer}\n    runs.append(1)", ONCE


FILE = "import tempfile\ns = tempfile.TemporaryFile('w+')"
LINES = f"{FILE}\ns.write('a\\nb\\n')\ns.seek(0)"
LIMIT = "import sys\nsys.setrecursionlimit(500)"
MOCK = "import unittest.mock\ns = unittest.mock.Mock()"

SHARED = {
    # Attributes of objects whose classes the interpreter has made.
    "a namespace": ("s = types.SimpleNamespace(n=0)", "s.n += 1", "assert s.n == 2"),
    "arguments": ("s = argparse.Namespace(n=0)", "s.n += 1", "assert s.n == 2"),
    "a namespace's dictionary": ("s = types.SimpleNamespace(n=0)", "vars(s)['n'] += 1", "assert s.n == 2"),
    # What keeps its items in a container.
    "a user's dictionary": ("s = collections.UserDict(n=0)", "s['n'] += 1", "assert s['n'] == 2"),
    "a user's list": asked("s = collections.UserList()", "not s", "s.append(1)"),
    "a chain": ("base = dict(n=0); s = collections.ChainMap({}, base)", "base['n'] = s['n'] + 1", "assert s['n'] == 2"),
    "a chain's first": ("s = collections.ChainMap(dict(n=0))", "s['n'] += 1", "assert s['n'] == 2"),
    "weak values": ("s = weakref.WeakValueDictionary()", "if s.get(1) is None:\n    s[1] = Box()\n    runs.append(s.get(1))", ""),
    "weak keys": asked("k = Box(); s = weakref.WeakKeyDictionary()", "k not in s", "s[k] = 1"),
    "a weak set": asked("k = Box(); s = weakref.WeakSet()", "k not in s", "s.add(k)"),
    "the environment": asked("", "'WORK_DONE' not in os.environ", "os.environ['WORK_DONE'] = '1'"),
    "the environment, by get": asked("", "os.environ.get('WORK_DONE') is None", "os.environ['WORK_DONE'] = '1'"),
    "a full deque": asked("s = collections.deque([0], maxlen=1)", "s[0] == 0", "s.append(1)"),
    "an item of a list": asked("s = [0]", "s[-1] == 0", "s.append(1)"),
    "the environment, by its function": asked("", "os.getenv('WORK_DONE') is None", "os.environ['WORK_DONE'] = '1'"),
    # What the standard library keeps for all.
    "the working directory": asked("home = os.getcwd()", "os.getcwd() == home", "os.chdir('/')"),
    "the recursion limit": asked(LIMIT, "sys.getrecursionlimit() == 500", "sys.setrecursionlimit(600)"),
    "a thread's name": asked("s = threading.Thread(name='a')", "s.name == 'a'", "s.name = 'b'"),
    "whether a thread is a daemon": asked("s = threading.Thread()", "not s.isDaemon()", "s.daemon = True"),
    "a mock's calls": asked(MOCK, "not s.called", "s()"),
    "a mock's method's calls": asked(MOCK, "s.go.call_count == 0", "s.go()"),
    "a mock's methods' calls": asked(MOCK, "not s.mock_calls", "s.go()"),
    # Streams and bytes.
    "a text in memory": ("s = io.StringIO()", "s.write('a'); s.write('b')", "assert s.getvalue() == 'abab'"),
    "printed to": ("s = io.StringIO()", "print('a', file=s); print('b', file=s)", r"assert s.getvalue() == 'a\nb\n' * 2"),
    "bytes in memory": ("s = io.BytesIO(b'abc')", "s.seek(0); assert s.read(1) == b'a'", ""),
    "lines of a text": ("s = io.StringIO('1\\n' * 4)", "for x in s:\n    runs.append(s.tell())", "assert runs == sorted(runs)"),
    "a file": asked(FILE, "s.tell() == 0", "s.write('a')"),
    "lines of a file": (LINES, "for x in s:\n    runs.append(x)", "assert runs == ['a\\n', 'b\\n']"),
    "decoded": asked("s = bytearray(b'no')", "s.decode() == 'no'", "s[:] = b'ok'"),
    "searched": asked("s = bytearray(b'no')", "s.find(b'n') == 0", "s[0] = 48"),
    "a list of numbers": asked("s = array.array('i', [0])", "s.tolist() == [0]", "s[0] = 1"),
    "numbers from bytes": asked("s = array.array('b')", "len(s) == 0", "s.frombytes(b'a')"),
    # Iterators that several tasks have.
    "an iterator": ("s = iter('abcd')", "assert next(s) + next(s) in ('ab', 'cd')", ""),
    "a cycle": ("s = itertools.cycle('ab')", "assert next(s) + next(s) == 'ab'", ""),
    "a loop over one": ("s = zip('ab', 'cd')", "for x in s:\n    runs.append(x)", "assert runs == sorted(runs)"),
    "a loop over a generator": ("s = (x for x in range(4))", "for x in s:\n    runs.append(x)", "assert runs == sorted(runs)"),
    # Operators.
    "repeated": asked("s = [0]", "s * 2 == [0, 0]", "s[0] = 1"),
    "repeated in place": asked("s = [0]", "len(s) == 1", "t = s; t *= 2"),
    "extended in place": asked("s = []; more = [1]", "not s", "t = s; t += more"),
    "a module's, extended in place": ("s = t = []", "global s\nif not t:\n    s += [1]\n    runs.append(1)", ONCE),
    "an attribute's, extended in place": asked("s = Box(); t = s.m; more = [1]", "len(t) == 1", "s.m += more"),
    "an item's, extended in place": asked("t = []; s = dict(a=t)", "not t", "s['a'] += [1]"),
    "an item's, repeated in place": asked("t = [0]; s = [t]", "len(t) == 1", "s[0] *= 2"),
    # A factory that runs Python code.
    "a factory": ("s = collections.defaultdict(lambda: [])", "s['a'].append(1)", "assert len(s['a']) == 2"),
    "a class as a factory": ("s = collections.defaultdict(Box)", "s['a'].n += 1", "assert s['a'].n == 2"),
    # A result that both find missing.
    "a cache": ("@functools.lru_cache\ndef load():\n    return Box()", "runs.append(load())", "assert runs[0] is runs[1]"),
    "a cache for ever": ("@functools.cache\ndef load(key):\n    runs.append(key)", "load(1)", "assert runs == [1]"),
    # What compiled code reads of instances.
    "copied": asked("s = Box()", "copy.copy(s).n == 0", "s.n = 1"),
    "copied deeply": asked("s = [Box()]", "copy.deepcopy(s)[0].m == [0]", "s[0].m[0] = 1"),
    "pickled": asked("s = Box()", "pickle.loads(pickle.dumps(s)).n == 0", "s.n = 1"),
    "a dictionary of attributes": asked("s = Box()", "dict(vars(s))['n'] == 0", "s.n = 1"),
    "attributes as JSON": asked("s = Box()", "json.dumps(vars(s)) == '{\"n\": 0, \"m\": [0]}'", "s.n = 1"),
    "attributes as arguments": asked("s = Box()", "dict(**vars(s))['n'] == 0", "s.n = 1"),
    "compared": asked("s = Pair()", "s == Pair(0)", "s.n = 1"),
    "ordered": asked("s = Pair()", "s < Pair(1)", "s.n = 1"),
    "a text of it": asked("s = Pair()", "repr(s) == 'Pair(n=0)'", "s.n = 1"),
    "formatted": asked("s = Pair()", "f'{s}' == 'Pair(n=0)'", "s.n = 1"),
    "as a dictionary": asked("s = Pair()", "dataclasses.asdict(s) == {'n': 0}", "s.n = 1"),
    "replaced": asked("s = Pair()", "dataclasses.replace(s).n == 0", "s.n = 1"),
    "hashed": asked("s = Pair()", "hash(s) == hash((0,))", "s.n = 1"),
    "got by a getter": asked("s = Box()", "operator.attrgetter('n')(s) == 0", "s.n = 1"),
    "got by a getter from each": asked("s = [Box()]", "sum(map(operator.attrgetter('n'), s)) == 0", "s[0].n = 1"),
    "a field in a template": asked("s = Box()", "'{0.n}'.format(s) == '0'", "s.n = 1"),
    "an item in a template": asked("s = dict(n=0)", "'%(n)s' % s == '0'", "s['n'] = 1"),
    "an item in a mapping's template": asked("s = dict(n=0)", "'{n}'.format_map(s) == '0'", "s['n'] = 1"),
    # What is in containers.
    "nested, as JSON": asked("s = dict(a=[0])", "json.dumps(s) == '{\"a\": [0]}'", "s['a'][0] = 1"),
    "nested, as text": asked("s = dict(a=[0])", "str(s) == \"{'a': [0]}\"", "s['a'][0] = 1"),
    "nested, compared": asked("s = dict(a=[0])", "s == {'a': [0]}", "s['a'][0] = 1"),
    "in a display": asked("s = [0]", "json.dumps([s]) == '[[0]]'", "s[0] = 1"),
}


LAZY = "class Lazy:\n    @functools.cached_property\n    def it(self):\n        return Box()\ns = Lazy()"

if sys.version_info >= (3, 12):
    # Before, a lock kept the others out.
    SHARED["a cached property"] = (LAZY, "runs.append(s.it)", "assert runs[0] is runs[1]")


@pytest.mark.parametrize("name", SHARED)
def test_shared_state_is_seen(name: str, tmp_path: Path) -> None:
    answer = check(tmp_path, program(*SHARED[name], locked=False), "--races")
    assert answer["verdict"] == "finding", answer
    answer = check(tmp_path, program(*SHARED[name], locked=True), "--races")
    assert answer["verdict"] == "clean", answer


ATOMIC = {
    "a count": ("s = itertools.count()", "runs.append(next(s))", "assert sorted(runs) == [0, 1]"),
    "a factory in C": ("s = collections.defaultdict(list)", "s['a'].append(1)", "assert len(s['a']) == 2"),
    "a factory of locks": ("s = collections.defaultdict(threading.Lock)", "with s['a']:\n    pass", "assert len(s) == 1"),
    "counted": ("s = collections.Counter()", "s.update(['a'])", "assert s['a'] == 2"),
    "an own copy": ("s = Pair(1)", "mine = copy.copy(s); mine.n += 1; assert mine == Pair(2)", ""),
    "an own iterator": ("s = [1, 2]", "mine = iter(s); assert (next(mine), list(mine)) == (1, [2])", ""),
    "a generator of its own": ("s = [1, 2]", "mine = (x for x in s); assert sum(mine) == 3", ""),
    "an own generator": (
        "def count():\n    yield 1\n    return 2",
        "def all():\n    assert (yield from count()) == 2\nassert [x for x in all()] == [1]",
        "",
    ),
    "an own list in place": ("s = [1]", "mine = list(s); mine += s; mine *= 2; assert mine == [1] * 4", ""),
    "a snapshot": ("s = dict(a=Box())", "assert json.dumps([vars(x) for x in s.values()]) and str(s)", ""),
}


@pytest.mark.parametrize("name", ATOMIC)
def test_what_is_one_step_or_nobody_elses_is_clean(name: str, tmp_path: Path) -> None:
    answer = check(tmp_path, program(*ATOMIC[name], locked=False))
    assert answer["verdict"] == "clean", answer


SEVERAL = {
    "counted from a mapping": ("s = collections.Counter(a=0)", "s.update({'a': 1})"),
    "subtracted": ("s = collections.Counter(a=0)", "s.subtract(['a'])"),
    "popped": ("s = collections.UserDict(a=1)", "s.pop('a', None)"),
    "popped from the environment": ("os.environ['WORK'] = '1'", "os.environ.pop('WORK', None)"),
    "set by default": ("s = collections.UserDict()", "s.setdefault('a', 1)"),
    "counted in place": ("s = collections.Counter()", "t = s; t += collections.Counter(a=1)"),
    "called": (MOCK, "s()"),
    "sorted": ("s = [2, 1]", "s.sort(key=lambda x: x)"),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_several_steps_taken_as_one_prove_nothing_where_others_come_in(name: str, tmp_path: Path) -> None:
    answer = check(tmp_path, program(*SEVERAL[name], locked=False))
    assert answer["verdict"] == "clean-so-far", answer
    assert "is more than one step" in answer["reasons"][0]
    answer = check(tmp_path, program(*SEVERAL[name], locked=True))
    assert answer["verdict"] == "clean", answer


def test_which_of_two_tasks_registers_first_what_runs_at_the_end_is_a_choice(tmp_path: Path) -> None:
    source = """
        import atexit, threading

        order = []
        atexit.register(lambda: order == {order} or None.missing)
        threads = [threading.Thread(target=atexit.register, args=(order.append, number)) for number in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    for order in ([1, 2], [2, 1]):
        answer = check(tmp_path, textwrap.dedent(source).format(order=order), "--strategy", "dpor")
        assert [finding["kind"] for finding in answer["findings"]] == ["uncaught-exception"], answer


def test_whatever_is_on_the_list_announces_what_it_does(tmp_path: Path) -> None:
    source = """
        import importlib
        from raddle._control import library

        for name, accesses in library._ACCESSES.items():
            module = importlib.import_module(name)
            for path in " ".join(access.functions for access in accesses).split():
                function = library._find(module, path)[2]
                assert function is None or function.__code__.co_name == "announcing", (name, path)
    """
    answer = check(tmp_path, source, "--strategy", "dpor")
    assert answer["findings"] == [], answer


def test_what_is_sorted_by_a_key_is_compared_by_that_alone(tmp_path: Path) -> None:
    source = """
        import dataclasses, threading

        @dataclasses.dataclass(order=True)
        class Account:
            number: int
            balance: int = 0
            lock: threading.Lock = dataclasses.field(default_factory=threading.Lock, compare=False)

        accounts = [Account(1), Account(2)]

        def transfer():
            first, second = sorted(accounts, key=lambda account: account.number)
            with first.lock, second.lock:
                first.balance -= 1
                second.balance += 1

        threads = [threading.Thread(target=transfer) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [account.balance for account in accounts] == [-2, 2]
    """
    answer = check(tmp_path, source, "--strategy", "dpor", "--races")
    assert (answer["verdict"], answer["executions"]) == ("clean", 2), answer


RANKED = """
    import functools, threading

    class Row:
        def __init__(self, *parts):
            self.parts, self.label = list(parts), ""

    def parts(row):
        return row.parts

    class Ranked:
        def parts(self, row):
            return row.parts

        __call__ = parts

    ranked, rows, seen = Ranked(), [Row(1), Row(2)], []

    def rank(key=None):
        seen.append(sorted(rows, key={key})[0] is rows[0])

    def change():
        rows[0].{change}

    threads = [threading.Thread(target=change), threading.Thread(target=rank, args=({given},))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True]
"""


@pytest.mark.parametrize("key", ["lambda row: row.parts", "parts", "ranked.parts", "functools.partial(parts)", "ranked"])
@pytest.mark.parametrize("form", ["{}", "key"])
def test_what_a_key_returns_is_compared(tmp_path: Path, key: str, form: str) -> None:
    source = RANKED.replace("{key}", form.format(key)).replace("{given}", key)
    answer = check(tmp_path, source.format(change="label = 'first'"), "--strategy", "dpor")
    assert answer["verdict"] == "clean", answer
    answer = check(tmp_path, source.format(change="parts[0] = 3"), "--strategy", "dpor")
    assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer


@pytest.mark.parametrize("key", ["lambda row: row.parts", "parts", "ranked.parts"])
def test_nothing_but_what_a_function_of_the_programs_own_returns_is_compared(tmp_path: Path, key: str) -> None:
    source = RANKED.format(key=key, given="None", change="label = 'first'")
    answer = check(tmp_path, source, "--strategy", "dpor", "--races")
    assert (answer["verdict"], answer["executions"]) == ("clean", 1), answer


def test_without_a_key_the_items_are_compared_themselves(tmp_path: Path) -> None:
    own = "class Row:\n        def __lt__(self, other):\n            return self.parts < other.parts\n"
    source = RANKED.replace("class Row:", own).format(key="key", given="None", change="parts[0] = 3")
    answer = check(tmp_path, source, "--strategy", "dpor")
    assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer


HOOKED = """
    import queue, threading

    class Counting(queue.Queue):
        started = ended = 0

        def _put(self, item):
            self.started += 1
            super()._put(item)
            self.ended += 1

    numbers, seen = Counting(), []

    def look():
        with {guard}:
            seen.append((numbers.started, numbers.ended))

    threads = [threading.Thread(target=numbers.put, args=(1,)), threading.Thread(target=look)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen[0] != {never}
"""


def test_others_come_in_between_what_a_queues_hooks_do_unless_they_have_its_mutex(tmp_path: Path) -> None:
    source = HOOKED.format(guard="threading.Lock()", never=(1, 0))
    answer = check(tmp_path, source, "--strategy", "dpor")
    assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer
    source = HOOKED.format(guard="numbers.mutex", never=(1, 0))
    answer = check(tmp_path, source, "--strategy", "dpor", "--races")
    assert answer["verdict"] == "clean", answer
    for never in ((0, 0), (1, 1)):
        answer = check(tmp_path, HOOKED.format(guard="numbers.mutex", never=never), "--strategy", "dpor")
        assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer


INHERITED = """
    import threading

    class Worker:
        limit = 2

        def room(self):
            return self.limit

        @property
        def most(self):
            return 2

    class Mid(Worker):
        pass

    class Fast(Mid):
        def above(self):
            return super().limit

    worker, seen = Fast(), []

    def look():
        seen.append(({read}, {read}))

    def change():
        {change}

    threads = [threading.Thread(target=look), threading.Thread(target=change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first, second = seen[0]
    assert first == second
"""


@pytest.mark.parametrize(
    ("read", "change"),
    [
        ("worker.limit", "Fast.limit = 5"),
        ("worker.limit", "setattr(Mid, 'limit', 5)"),
        ("worker.limit", "Worker.limit = 5"),
        ("worker.room()", "Mid.limit = 5"),
        ("worker.room()", "Mid.room = lambda self: 5"),
        ("worker.most", "Worker.most = property(lambda self: 5)"),
        ("worker.most", "Mid.most = 5"),
        ("Fast.limit", "Mid.limit = 5"),
        ("worker.above()", "Mid.limit = 5"),
        ("hasattr(worker, 'size')", "Mid.size = 5"),
        ("getattr(Fast, 'size', 1)", "Worker.size = 5"),
    ],
)
def test_what_a_class_is_given_hides_what_it_inherits(tmp_path: Path, read: str, change: str) -> None:
    answer = check(tmp_path, INHERITED.format(read=read, change=change), "--strategy", "dpor")
    assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer
    other = INHERITED.format(read=read, change="worker.size = 5; Mid.other = 5")
    answer = check(tmp_path, other, "--strategy", "dpor", "--races")
    assert answer["verdict"] == ("finding" if "hasattr" in read else "clean"), answer


MATCHED = """
    import threading

    rows, seen, lock = [1, 2], [], threading.Lock()

    def look():
        with {guard}:
            match rows:
                case [one]:
                    seen.append(1)
                case [one, other]:
                    seen.append(2)
                case _:
                    seen.append("neither")

    def change():
        with {guard}:
            rows.pop()

    threads = [threading.Thread(target=look), threading.Thread(target=change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen != ["neither"]
"""


def test_each_pattern_of_a_match_looks_anew_so_nothing_is_proved_where_others_may_come_in_between(tmp_path: Path) -> None:
    answer = check(tmp_path, MATCHED.format(guard="threading.Lock()"), "--strategy", "dpor")
    assert answer["verdict"] == "clean-so-far", answer
    assert "more than one step" in answer["reasons"][0], answer
    answer = check(tmp_path, MATCHED.format(guard="lock"), "--strategy", "dpor")
    assert (answer["verdict"], answer["executions"]) == ("clean", 2), answer


EMPTIED = """
    import queue
    import threading

    jobs = queue.Queue()

    def work(number):
        jobs.put(number)
        with jobs.mutex:
            waiting = list(jobs.queue)
            jobs.queue.clear()
        assert {claim}

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert jobs.empty()
"""


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
def test_a_queue_is_emptied_under_its_mutex_in_each_order(strategy: str, tmp_path: Path) -> None:
    answer = check(tmp_path, EMPTIED.format(claim="len(waiting) < 3"), "--strategy", strategy)
    # Two puts and two looks, each task's in their order.
    assert (answer["verdict"], answer["distinct"]) == ("clean", 6), answer
    answer = check(tmp_path, EMPTIED.format(claim="number in waiting"), "--strategy", strategy)
    assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer
