"""Accesses that the source does not spell out: what is read or stored there is found all the same."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from command import check, raddle

Case = tuple[str, str, str]
"""What is shared, the test of a task, and what it does if the test holds, which makes it hold no more."""

PROGRAM = """
import threading
{shared}

lock = threading.Lock()
acted = []

def work():
    {guard}
{body}

threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(acted) == 1
"""


def program(case: Case, *, locked: bool) -> str:
    shared, test, act = case
    body = test + textwrap.indent(f"\n{act}\nacted.append(1)", "    ")
    guard = "with lock:" if locked else "if True:"
    return PROGRAM.format(shared=shared, guard=guard, body=textwrap.indent(body, " " * 8))


ITEMS = "items = []\ndef get(): return items"
FULL = "items = [0]\ndef get(): return items"
BOX = "box = {'q': []}\nitems = box['q']"
ADD, ONE = "items.append(1)", "items[0] = 1"

CALLS: dict[str, Case] = {
    "truth": (ITEMS, "if not get():", ADD),
    "length": (ITEMS, "if len(get()) == 0:", ADD),
    "a copy": (ITEMS, "if list(get()) == []:", ADD),
    "a loop": (FULL, "for _ in [n for n in get() if n == 0]:", ONE),
    "a sum": (FULL, "if sum(get()) == 0:", ONE),
    "sorted": (FULL, "if sorted(get()) == [0]:", ONE),
    "unpacked": (FULL, "first, = get()\nif first == 0:", ONE),
    "starred": (FULL, "if [*get()] == [0]:", ONE),
    "compared": (FULL, "if get() == [0]:", ONE),
    "as text": (FULL, "if f'{get()}' == '[0]':", ONE),
    "handed on": (f"import json\n{FULL}", "if json.dumps(get()) == '[0]':", ONE),
    "an item of a dictionary": (BOX, "if not box.get('q'):", ADD),
    "an attribute by name": (f"class Box: pass\n{ITEMS}\nBox.q = items", "if not getattr(Box, 'q'):", ADD),
    "named on the way": (ITEMS, "if not (found := get()):", ADD),
    "one of two": (ITEMS, "if not (get() or get()):", ADD),
    "while": (ITEMS, "while not get():", ADD),
    "a view": ("items = {}\ndef get(): return items", "if not get().keys():", "items[1] = 1"),
    "an own method with a view's name": (
        "items = []\nclass Box:\n    def items(self): return items\nbox = Box()",
        "if len(box.items()) == 0:",
        ADD,
    ),
    "a generator's": (
        "items = []\ndef steps():\n    global found\n    found = not (yield)",
        "step = steps()\nnext(step)\ntry: step.send(items)\nexcept StopIteration: pass\nif found:",
        ADD,
    ),
    "awaited": (
        "items = []\nasync def get(): return items\nasync def ask(): return not await get()",
        "try: ask().send(None)\nexcept StopIteration as end: found = end.value\nif found:",
        ADD,
    ),
}
"""Containers that a call, or something else that returns, hands out."""

OWN_DICT = """
class Own(dict):
    def get(self, key, default=None): return super().get(key, default)
    def __getitem__(self, key): return super().__getitem__(key)
    def __setitem__(self, key, value): super().__setitem__(key, value)
    def __contains__(self, key): return super().__contains__(key)
own = Own()
"""
OWN_LIST = """
class Own(list):
    def append(self, item): super().append(item)
    def __len__(self): return super().__len__()
own = Own()
"""
ORDERED = """
from collections import OrderedDict
class Own(OrderedDict):
    def __getitem__(self, key):
        self.move_to_end(key)
        return super().__getitem__(key)
own = Own(n=0)
"""
BASE = """
class Base: n = 0
class Own(Base):
    def get(self): return super().n
own = Own()
"""

INHERITED: dict[str, Case] = {
    "a dictionary's method": (OWN_DICT, "if own.get('n') is None:", "own['n'] = 1"),
    "a dictionary's item": (f"{OWN_DICT}\nown['n'] = 0", "if own['n'] == 0:", "own['n'] = 1"),
    "a dictionary's key": (OWN_DICT, "if 'n' not in own:", "own['n'] = 1"),
    "a list": (OWN_LIST, "if len(own) == 0:", "own.append(1)"),
    "a class between": (ORDERED, "if own['n'] == 0:", "own['n'] = 1"),
    "a class's attribute": (BASE, "if own.get() == 0:", "Base.n = 1"),
}
"""What is reached through `super()`."""

S = "class S:\n    def __init__(self): self.n = 0\ns = S()"
RECORD = """
class S:
    def __init__(self, **given): self.__dict__.update(given)
s = S(n=0)
"""
BORG = """
class S:
    shared = {}
    def __init__(self): self.__dict__ = self.shared
s, other = S(), S()
s.n = 0
"""
ITSELF = """
class S(dict):
    def __init__(self, **given):
        super().__init__(**given)
        self.__dict__ = self
s = S(n=0)
"""
SETS = "class S:\n    n = 0\n    def __setattr__(self, name, value): super().__setattr__(name, value)\ns = S()"
DEFAULT, SET = "if s.n == 0:", "s.n = 1"

NAMES: dict[str, Case] = {
    "getattr": (f"{S}\nname = 'n'", "if getattr(s, name) == 0:", SET),
    "getattr in a loop": (S, "if all(getattr(s, name) == 0 for name in 'n'):", SET),
    "hasattr": ("class S: pass\ns = S()\nname = 'n'", "if not hasattr(s, name):", SET),
    "setattr": (f"{S}\nname = 'n'", DEFAULT, "setattr(s, name, 1)"),
    "delattr": (f"{S}\nname = 'n'", "if hasattr(s, 'n'):", "delattr(s, name)"),
    "__getattribute__": (S, "if s.__getattribute__('n') == 0:", SET),
    "object.__getattribute__": (S, "if object.__getattribute__(s, 'n') == 0:", SET),
    "__setattr__": (S, DEFAULT, "s.__setattr__('n', 1)"),
    "object.__setattr__": (S, DEFAULT, "object.__setattr__(s, 'n', 1)"),
    "type.__setattr__": (S, "if not hasattr(S, 'all'):", "type.__setattr__(S, 'all', 1)"),
    "super().__setattr__": (SETS, DEFAULT, SET),
    "object.__delattr__": (S, "if hasattr(s, 'n'):", "object.__delattr__(s, 'n')"),
    "a dictionary's item": (S, DEFAULT, "s.__dict__['n'] = 1"),
    "a dictionary's update": (RECORD, DEFAULT, "s.__dict__.update(n=1)"),
    "a dictionary that was kept": (f"{S}\nkept = vars(s)", DEFAULT, "kept.update(n=1)"),
    "a dictionary by name": (S, DEFAULT, "getattr(s, '__dict__').update(n=1)"),
    "a dictionary that is looked into": (S, "if s.__dict__.get('n') == 0:", SET),
    "a class's dictionary": (S, "if 'all' not in S.__dict__:", "S.all = 1"),
    "a class's dictionary's item": ("class S: n = 0\ns = S", "if S.__dict__['n'] == 0:", SET),
    "a class's dictionary's method": ("class S: n = 0\ns = S", "if vars(S).get('n') == 0:", SET),
    "a dictionary for all": (BORG, DEFAULT, "other.n = 1"),
    "a dictionary that is the object": (ITSELF, "if s['n'] == 0:", SET),
    "another dictionary": (S, DEFAULT, "s.__dict__ = {'n': 1}"),
    "a proxy": ("import types\nd = {}\nview = types.MappingProxyType(d)", "if not view.get('n'):", "d['n'] = 1"),
    "an item beside methods": (FULL, "if items[0] == 0:", "items.insert(0, 1)"),
    "a special method mentioned": (f"{ITEMS}\nlength = items.__len__", "if length() == 0:", ADD),
}
"""Attributes by names that are not in the source, and by other ways around the plain one."""

SLOT = "class S:\n    __slots__ = ('n',)\n    def __init__(self): self.n = 0\ns = S()"
GETTER = f"import operator\n{S}\nget = operator"

FUNCTIONS: dict[str, Case] = {
    "setattr": (f"{S}\nput = setattr", DEFAULT, "put(s, 'n', 1)"),
    "getattr": (f"{S}\nget = getattr", "if get(s, 'n') == 0:", SET),
    "hasattr": ("class S: pass\ns = S()\nhas = hasattr", "if not has(s, 'n'):", SET),
    "object.__setattr__": (f"{S}\nput = object.__setattr__", DEFAULT, "put(s, 'n', 1)"),
    "a bound __setattr__": (f"{S}\nput = s.__setattr__", DEFAULT, "put('n', 1)"),
    "setattr, in part": (f"import functools\n{S}\nput = functools.partial(setattr, s, 'n')", DEFAULT, "put(1)"),
    "setattr, mapped": (S, DEFAULT, "list(map(setattr, [s], ['n'], [1]))"),
    "getattr, mapped": (f"import itertools\n{S}", "if list(itertools.starmap(getattr, [(s, 'n')])) == [0]:", SET),
    "len": (f"{ITEMS}\nsize = len", "if size(items) == 0:", ADD),
    "len, in part": (f"import functools\n{ITEMS}\nsize = functools.partial(len, items)", "if size() == 0:", ADD),
    "len, handed on": (f"{ITEMS}\ndef call(f): return f(items)", "if call(len) == 0:", ADD),
    "len, in a table": (f"{ITEMS}\ntable = dict(size=len)", "if table['size'](items) == 0:", ADD),
    "sum": (f"{FULL}\ntotal = sum", "if total(items) == 0:", ONE),
    "any": ("items = [[]]\nsome = any", "if not some(items):", "items[0].append(1)"),
    "all": ("items = [[1]]\nevery = all", "if every(items):", "items[0].pop()"),
    "max": ("items = [[]]\nlast = max", "if last(items) == []:", "items[0].append(1)"),
    "min, several": ("items = [[]]\nfirst = min", "if first([1], items[0]) == []:", "items[0].append(1)"),
    "any, of an iterator": ("items = [[]]", "if not any(iter(items)):", "items[0].append(1)"),
    "sorted, of an iterator": ("items = [[]]", "if sorted(reversed(items)) == [[]]:", "items[0].append(1)"),
    "list.append": (f"{ITEMS}\nadd = list.append", "if not items:", "add(items, 1)"),
    "list.append, at once": (ITEMS, "if list.__len__(items) == 0:", "list.append(items, 1)"),
    "list.append as a method": (
        "class L(list):\n    push = list.append\nitems = L()",
        "if not items:",
        "items.push(1)",
    ),
    "append by name": (ITEMS, "if not items:", "getattr(items, 'append')(1)"),
    "operator.setitem": (f"import operator\n{FULL}", "if items[0] == 0:", "operator.setitem(items, 0, 1)"),
    "operator.setitem, imported": (f"from operator import setitem as put\n{FULL}", "if items[0] == 0:", "put(items, 0, 1)"),
    "operator.getitem": (f"import operator\n{FULL}\nget = operator.getitem", "if get(items, 0) == 0:", ONE),
    "attrgetter": (f"{GETTER}.attrgetter('n')", "if get(s) == 0:", SET),
    "attrgetter in a class": (f"{GETTER}\nclass G: get = operator.attrgetter('n')", "if G.get(s) == 0:", SET),
    "itemgetter": (f"import operator\n{FULL}\nget = operator.itemgetter(0)", "if get(items) == 0:", ONE),
    "methodcaller": (f"import operator\n{FULL}\nhas = operator.methodcaller('count', 0)", "if has(items) == 1:", ONE),
    "methodcaller of a wrapper": (
        "import collections, operator\nitems = collections.UserList()\npush = operator.methodcaller('append', 1)",
        "if not items:",
        "push(items)",
    ),
    "a slot's __set__": (SLOT, DEFAULT, "S.n.__set__(s, 1)"),
    "a slot's __get__": (SLOT, "if S.n.__get__(s) == 0:", SET),
    "a slot's __set__, kept": (f"{SLOT}\nput = S.n.__set__", DEFAULT, "put(s, 1)"),
    "a slot from the dictionary": (SLOT, "if S.__dict__['n'].__get__(s) == 0:", SET),
}
"""Functions of the interpreter's own that are called by another name."""

PAIR = """
class Pair:
    __match_args__ = ("left",)
    def __init__(self, left, right=None): self.left, self.right = left, right
pair = Pair(0, Pair(0))
"""


def matched(pattern: str) -> str:
    return f"match pair:\n    case {pattern}: found = True\n    case _: found = False\nif found:"


PATTERNS: dict[str, Case] = {
    "by position": (PAIR, matched("Pair(0)"), "pair.left = 1"),
    "by name": (PAIR, matched("Pair(left=0)"), "pair.left = 1"),
    "nested": (PAIR, matched("Pair(right=Pair(0))"), "pair.right.left = 1"),
    "either": (PAIR, matched("Pair(5) | Pair(0)"), "pair.left = 1"),
}

GROUPS = {"call": CALLS, "super": INHERITED, "name": NAMES, "function": FUNCTIONS, "pattern": PATTERNS}
CASES = {f"{group}: {name}": case for group, cases in GROUPS.items() for name, case in cases.items()}


@pytest.mark.parametrize("name", CASES)
def test_an_access_behind_something_is_found(name: str, tmp_path: Path) -> None:
    answer = check(tmp_path, program(CASES[name], locked=False))
    assert answer["verdict"] == "finding", answer


@pytest.mark.parametrize("name", CASES)
def test_under_a_lock_it_is_clean(name: str, tmp_path: Path) -> None:
    assert check(tmp_path, program(CASES[name], locked=True))["verdict"] == "clean"


def test_a_function_under_another_name_is_what_it_was(tmp_path: Path) -> None:
    text = """
        import copy
        import operator
        import pickle
        import threading

        class Long:
            def __len__(self): return 3

        def size(of, by=len):
            assert by is len and by == len and {len: 1}[by] == 1 and callable(by)
            return by(of)

        class Own(list):
            push, size = list.append, len

        def work():
            own = Own()
            own.push(1)
            assert (size("ab"), size(Long()), own.size("abc"), own) == (2, 3, 3, [1])
            assert pickle.loads(pickle.dumps(len)) == copy.copy(len) == copy.deepcopy([len])[0] == len
            assert (repr(len), len.__name__, operator.attrgetter.__name__) == ("<built-in function len>", "len", "attrgetter")
            for function in (setattr, getattr, next, list.append, object.__setattr__, operator.methodcaller("x", y=1)):
                try:
                    function()
                except TypeError as e:
                    assert "argument" in str(e), e

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    answer = check(tmp_path, text)
    assert answer["verdict"] == "clean", answer


@pytest.mark.parametrize("key", ["operator.itemgetter(0)", "get"])
def test_nobody_comes_in_while_items_are_sorted_by_a_getter(key: str, tmp_path: Path) -> None:
    text = f"""
        import operator
        import threading

        get = operator.itemgetter(0)
        pairs = [(2, 1), (1, 2)]

        def sort():
            pairs.sort(key={key})

        def look():
            assert len(pairs) == 2

        threads = [threading.Thread(target=sort), threading.Thread(target=look)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    answer = check(tmp_path, text)
    assert (answer["verdict"], answer["findings"]) == ("clean", []), answer


@pytest.mark.parametrize(
    ("shared", "test", "act", "called"),
    [
        ("items = {1}", "if 1 in items:", "items.discard(1)", "items"),
        ("items = [1]", "if items:", "items.pop()", "items"),
        ("class Box: pass\nbox = Box()\nbox.all = [1]", "if len(box.all) == 1:", "box.all.pop()", "box.all"),
    ],
)
def test_a_report_names_the_container_and_not_its_method(shared: str, test: str, act: str, called: str, tmp_path: Path) -> None:
    finding = check(tmp_path, program((shared, test, act), locked=False))["findings"][0]
    assert f"a test of {called} is no longer true" in " ".join(finding["text"].split()), finding["text"]


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("test", ["settings.get() == 0", "settings.value == 0"])
def test_a_variable_of_another_module_is_read_there_and_stored_from_here(test: str, locked: bool, tmp_path: Path) -> None:
    case = ("import settings", f"if {test}:", "settings.value = 1")
    answer = check(tmp_path, program(case, locked=locked), modules={"settings": "value = 0\ndef get(): return value\n"})
    assert answer["verdict"] == ("clean" if locked else "finding"), answer


@pytest.mark.parametrize("locked", [False, True])
@pytest.mark.parametrize("test", ["flag == 0", "__main__.flag == 0"])
def test_a_variable_of_the_program_is_stored_by_its_name(test: str, locked: bool, tmp_path: Path) -> None:
    case = ("import __main__\nflag = 0", f"if {test}:", "__main__.flag = 1")
    assert check(tmp_path, program(case, locked=locked))["verdict"] == ("clean" if locked else "finding")


@pytest.mark.parametrize("name", ["name: setattr", "name: a dictionary's update"])
def test_a_replay_sees_what_the_search_saw(name: str, tmp_path: Path) -> None:
    finding = check(tmp_path, program(CASES[name], locked=False))["findings"][0]
    done = raddle(tmp_path, *finding["replay"].split()[1:])
    assert done.returncode == 1, done.stdout + done.stderr
