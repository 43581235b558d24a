"""The order in which keys, attributes and items came: it is a choice where somebody looks at it, and nowhere else."""

from __future__ import annotations

import itertools
import json
import math
import os
import random
from pathlib import Path
from typing import Any

import pytest
from command import check, raddle, write

STRATEGIES = ("dpor", "dfs", "mixed")

PROGRAM = """
import collections
import json
import sys
import threading
import types

class Shop:
    pass

shop = Shop()
{made}

def first():
    {first}

def other():
    {other}

threads = [threading.Thread(target=first), threading.Thread(target=other)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
{looks}
assert seen {wrong}
"""

ITEMS = ("shared['a'] = 1", "shared['b'] = 2")
ATTRIBUTES = ("shop.a = 1", "shop.b = 2")
EMPTY = "shared = {}"
KEYS = """
lock = threading.Lock()

class Key:
    def __init__(self, name):
        self.name = name

    def __eq__(self, other):
        return self.name == other.name

    def __hash__(self):
        with lock:
            return hash(self.name)

shared = {}
"""

SEEN = {
    "list(d)": (EMPTY, ITEMS, "seen = list(shared)"),
    "a loop": (EMPTY, ITEMS, "seen = []\nfor key in shared:\n    seen.append(key)"),
    "a comprehension": (EMPTY, ITEMS, "seen = [key for key in shared]"),
    "values": (EMPTY, ITEMS, "seen = ['ab'[value - 1] for value in shared.values()]"),
    "items": (EMPTY, ITEMS, "seen = [key for key, value in list(shared.items())]"),
    "reversed": (EMPTY, ITEMS, "seen = list(reversed(shared))[::-1]"),
    "next(iter(d))": (EMPTY, ITEMS, "first = next(iter(shared))\nseen = sorted(shared, key=first.__ne__)"),
    "popitem": (EMPTY, ITEMS, "last, _ = shared.popitem()\nseen = [*shared, last]"),
    "unpacking": (EMPTY, ITEMS, "one, two = shared\nseen = [one, two]"),
    "a copy": (EMPTY, ITEMS, "seen = list({**shared})"),
    "keywords": (EMPTY, ITEMS, "seen = list((lambda **given: given)(**shared))"),
    "a text": (EMPTY, ITEMS, "seen = [letter for letter in repr(shared) if letter in 'ab']"),
    "json": (EMPTY, ITEMS, "seen = [letter for letter in json.dumps(shared) if letter in 'ab']"),
    "sorted by something else": (EMPTY, ITEMS, "seen = sorted(shared, key=lambda key: 0)"),
    "sorted with their places": (EMPTY, ITEMS, "seen = [key for place, key in sorted(enumerate(shared))]"),
    "setdefault": (EMPTY, ("shared.setdefault('a', 1)", "shared.setdefault('b', 2)"), "seen = list(shared)"),
    "a method that is handed on": (
        EMPTY + "\nput = shared.__setitem__",
        ("put('a', 1)", "put('b', 2)"),
        "seen = list(shared)",
    ),
    "OrderedDict": ("shared = collections.OrderedDict()", ITEMS, "seen = list(shared)"),
    "OrderedDict, compared": (
        "shared = collections.OrderedDict()",
        ITEMS,
        "seen = ['a', 'b'] if shared == collections.OrderedDict(a=1, b=2) else ['b', 'a']",
    ),
    "defaultdict": ("shared = collections.defaultdict(int)", ("shared['a'] += 1", "shared['b'] += 2"), "seen = list(shared)"),
    "defaultdict, read": ("shared = collections.defaultdict(int)", ("shared['a']", "shared['b']"), "seen = list(shared)"),
    "Counter": (
        "shared = collections.Counter()",
        ("shared['a'] += 1", "shared['b'] += 1"),
        "seen = [key for key, _ in shared.most_common()]",
    ),
    "a subclass": ("class Book(dict):\n    pass\nshared = Book()", ITEMS, "seen = list(shared)"),
    "UserDict": ("shared = collections.UserDict()", ITEMS, "seen = list(shared)"),
    "ChainMap": ("shared = collections.ChainMap()", ITEMS, "seen = list(shared)"),
    "a proxy": (EMPTY, ITEMS, "seen = list(types.MappingProxyType(shared))"),
    "deleted and stored anew": (
        "shared = dict(a=1, b=2)",
        ("del shared['a']; shared['a'] = 1", "del shared['b']; shared['b'] = 2"),
        "seen = list(shared)",
    ),
    "keys of the user's own": (
        KEYS,
        ("shared[Key('a')] = 1", "shared[Key('b')] = 2"),
        "seen = [key.name for key in shared]",
    ),
    "attributes": ("", ATTRIBUTES, "seen = list(vars(shop))"),
    "__dict__": ("", ATTRIBUTES, "seen = list(shop.__dict__)"),
    "setattr": ("", ("setattr(shop, 'a', 1)", "setattr(shop, 'b', 2)"), "seen = list(vars(shop).keys())"),
    "attributes that hide the class's": ("Shop.a = Shop.b = 0", ATTRIBUTES, "seen = list(vars(shop))"),
    "an attribute and an item": ("", ("shop.a = 1", "vars(shop)['b'] = 2"), "seen = list(vars(shop))"),
    "a default dictionary's subclass": (
        "class Book(collections.defaultdict):\n    pass\nshared = Book(int)",
        ("shared['a']", "shared['b']"),
        "seen = list(shared)",
    ),
    "a class's attributes": ("", ("Shop.a = 1", "Shop.b = 2"), "seen = [name for name in vars(Shop) if len(name) == 1]"),
    "a module's variables": (
        "",
        ("global a; a = 1", "global b; b = 2"),
        "seen = [name for name in list(globals()) if len(name) == 1]",
    ),
    # Both have the same place in a set of eight.
    "a set": (
        "shared = set()",
        ("shared.add(8)", "shared.add(16)"),
        "seen = ['a' if number == 8 else 'b' for number in shared]",
    ),
}


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("name", SEEN)
def test_what_came_first_is_seen_by(name: str, strategy: str, tmp_path: Path) -> None:
    made, (first, other), looks = SEEN[name]
    program = PROGRAM.format(made=made, first=first, other=other, looks=looks, wrong="== ['a', 'b'], seen")
    answer = check(tmp_path, program, "--strategy", strategy)
    (finding,) = answer["findings"]
    assert (finding["kind"], answer["notes"]) == ("assertion", []), answer
    # It does not show in the natural run.
    assert answer["preliminary"] + answer["executions"] > 1


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_comes_by_itself_is_found_as_well(strategy: str, tmp_path: Path) -> None:
    made, (first, other), looks = SEEN["list(d)"]
    program = PROGRAM.format(made=made, first=first, other=other, looks=looks, wrong="== ['b', 'a'], seen")
    (finding,) = check(tmp_path, program, "--strategy", strategy)["findings"]
    assert finding["kind"] == "assertion"


CROWD = """
import threading

class Shop:
    pass

shop = Shop()
shared = {made}

def put(number):
    {put}

threads = [threading.Thread(target=put, args=(number,)) for number in range({tasks})]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
{looks}
"""


def crowd(directory: Path, strategy: str, put: str, looks: str, *, tasks: int = 3, made: str = "{}") -> dict[str, Any]:
    """Check a program in which several tasks put something into a container, with every race a finding."""
    program = CROWD.format(put=put, looks=looks, tasks=tasks, made=made)
    return check(directory, program, "--strategy", strategy, "--races")


@pytest.mark.parametrize("tasks", [2, 3, 4])
@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
@pytest.mark.parametrize(
    ("put", "looks"),
    [("shared[number] = 1", "list(shared)"), ("setattr(shop, f'a{number}', 1)", "list(vars(shop))")],
    ids=["items", "attributes"],
)
def test_every_order_is_one_interleaving_and_none_is_a_race(
    put: str, looks: str, strategy: str, tasks: int, tmp_path: Path
) -> None:
    answer = crowd(tmp_path, strategy, put, looks, tasks=tasks)
    orders = math.factorial(tasks)
    told = [answer[key] for key in ("verdict", "distinct", "redundant", "notes")]
    assert told == ["clean", orders, 0, []]
    if strategy == "dpor":
        assert answer["executions"] == orders


def test_what_one_task_adds_keeps_its_order(tmp_path: Path) -> None:
    answer = crowd(tmp_path, "dpor", "for letter in 'ab': shared[number, letter] = 1", "list(shared)", tasks=2)
    # Four places, of which the first task takes two.
    assert [answer[key] for key in ("verdict", "executions", "distinct", "redundant")] == ["clean", 6, 6, 0]


def test_whether_a_key_is_new_depends_on_who_goes_first(tmp_path: Path) -> None:
    program = """
        import threading

        shared = {1: 0}

        def take():
            shared.pop(1, None)
            return sorted(shared)

        def put():
            shared[1] = 3

        def add():
            shared[2] = 4
            return sum(shared.values())

        threads = [threading.Thread(target=task) for task in (take, put, add)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        list(shared)
    """
    once, often = (check(tmp_path, program, "--strategy", strategy) for strategy in ("dpor", "dfs"))
    assert [once[key] for key in ("verdict", "executions", "redundant")] == ["clean", often["distinct"], 0]


UNSEEN = {
    "lookups": "assert [shared[number] for number in range(3)] == [0, 1, 2]",
    "membership": "assert 1 in shared",
    "length": "assert len(shared) == 3 and len(shared.keys()) == 3 and shared",
    "sorted": "assert sorted(shared) == [0, 1, 2] and sorted(shared.items())[0] == (0, 0)",
    "sum": "assert sum(shared.values()) == 3 and sum(shared) == 3",
    "extremes": "assert max(shared.values()) == 2 and min(shared) == 0 and any(shared)",
    "equality": "assert shared == {2: 2, 1: 1, 0: 0} and shared.keys() == {0, 1, 2}",
    "changes": "shared.update({3: 3}); del shared[0]; shared.clear()",
}


@pytest.mark.parametrize("name", UNSEEN)
def test_nobody_sees_what_came_first_by(name: str, tmp_path: Path) -> None:
    answer = crowd(tmp_path, "mixed", "shared[number] = number", UNSEEN[name])
    assert (answer["verdict"], answer["distinct"], answer["preliminary"]) == ("clean", 1, 0)


@pytest.mark.parametrize(
    ("put", "made"),
    [
        ("shared[number] = 1", "dict.fromkeys(range(3))"),
        ("shared[number] = 1; del shared[number]", "{}"),
        ("shared.pop(number, None)", "{}"),
    ],
    ids=["there before", "gone again", "never there"],
)
def test_keys_that_do_not_come_or_do_not_stay_have_no_order(put: str, made: str, tmp_path: Path) -> None:
    answer = crowd(tmp_path, "dpor", put, "list(shared)", made=made)
    assert (answer["verdict"], answer["executions"], answer["preliminary"]) == ("clean", 1, 0)


def test_which_of_equal_values_comes_first_is_seen(tmp_path: Path) -> None:
    looks = "assert max(shared.values()) is not True"
    assert crowd(tmp_path, "dpor", "shared[number] = (1, True, 1.0)[number]", looks)["verdict"] == "finding"
    assert crowd(tmp_path, "dpor", "shared[number] = (1, 1, 1)[number]", looks)["executions"] == 1


def test_a_finding_is_shown_again_by_its_file(tmp_path: Path) -> None:
    program = CROWD.format(put="shared[number] = 1", looks="assert list(shared) != [2, 0, 1]", tasks=3, made="{}")
    write(tmp_path, program)
    found = raddle(tmp_path, "check", "program.py")
    assert found.returncode == 1, found
    (replay,) = [line for line in found.stdout.splitlines() if line.startswith("replay: raddle")]
    again = raddle(tmp_path, *replay.removeprefix("replay: raddle ").split())
    assert again.returncode == 1
    assert again.stdout.splitlines()[0] == found.stdout.splitlines()[0]


PUTS = ["d[{key}] = {value}"] * 6 + ["d.setdefault({key}, {value})"]
STEPS = [
    *PUTS,
    *("d.pop({key}, None)", "d.clear()", "d.update({{{key}: {value}}})"),
    *("seen.append(list(d))", "seen.append(list(d.items()))", "seen.append(d.get({key}))", "seen.append(sorted(d))"),
    *("seen.append(len(d))", "seen.append({key} in d)"),
]


def random_steps(seed: int) -> list[list[str]]:
    """Return what each of two or three tasks does to a dictionary, step by step."""
    chance = random.Random(seed)
    most = chance.choice([(3, 3), (2, 2, 2)])
    values = itertools.count(1)
    return [
        [chance.choice(STEPS).format(key=chance.randint(1, 3), value=next(values)) for _ in range(chance.randint(1, steps))]
        for steps in most
    ]


def outcomes(tasks: list[list[str]]) -> set[str]:
    """Return what comes of them in all orders, found out by doing them in each."""
    turns = [number for number, steps in enumerate(tasks) for _ in steps]
    found = set()
    for order in set(itertools.permutations(turns)):
        shared = {1: 0}
        seen: list[list[object]] = [[] for _ in tasks]
        todo = [iter(steps) for steps in tasks]
        for number in order:
            exec(next(todo[number]), {"d": shared, "seen": seen[number]})
        found.add(repr((seen, list(shared.items()))))
    return found


@pytest.mark.parametrize("seed", range(16))
def test_all_that_can_come_of_a_random_program_comes(seed: int, tmp_path: Path) -> None:
    tasks = random_steps(seed)
    bodies = ["".join(f"    {step}\n" for step in steps) for steps in tasks]
    functions = "".join(f"def task{number}(seen):\n{body}\n" for number, body in enumerate(bodies))
    names = ", ".join(f"task{number}" for number in range(len(tasks)))
    program = (
        f"import os\nimport threading\n\nd = {{1: 0}}\n\n{functions}"
        f"seen = [[] for _ in range({len(tasks)})]\n"
        f"threads = [threading.Thread(target=task, args=(mine,)) for task, mine in zip(({names}), seen)]\n"
        "for thread in threads:\n    thread.start()\n"
        "for thread in threads:\n    thread.join()\n"
        "os.write(int(os.environ['OUT']), (repr((seen, list(d.items()))) + '\\n').encode())\n"
    )
    write(tmp_path, program)
    counts = []
    for strategy in ("dpor", "dfs"):
        out = tmp_path / strategy
        with out.open("wb") as file:
            words = ("check", "--format", "json", "--executions", "50000", "--strategy", strategy, "program.py")
            environment = {**os.environ, "OUT": str(file.fileno())}
            answer = json.loads(raddle(tmp_path, *words, env=environment, pass_fds=[file.fileno()]).stdout)
        counts.append((answer["verdict"], answer["distinct"], answer["redundant"]))
        if strategy == "dpor":
            assert answer["executions"] == answer["distinct"], program
        assert set(out.read_text(encoding="utf-8").splitlines()) == outcomes(tasks), program
    assert counts == [("clean", counts[0][1], 0)] * 2, program
