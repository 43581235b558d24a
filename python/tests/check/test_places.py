"""However a program spells an access, it is an access of the same place."""

from __future__ import annotations

import functools
import sys
import threading
from array import array
from collections import Counter, OrderedDict, UserDict, defaultdict, deque
from collections.abc import Callable
from typing import Any

import pytest

import raddle

total = 0


class Box:
    def __init__(self) -> None:
        self.value = 0


class Slotted:
    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0


class Shared:
    value = 0


class Guarded:
    """A container of the user's own, whose methods take care of themselves."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.items: dict[str, int] = {}

    def __getitem__(self, key: str) -> int:
        with self.lock:
            return self.items.get(key, 0)

    def __setitem__(self, key: str, value: int) -> None:
        with self.lock:
            self.items[key] = value

    def __contains__(self, key: str) -> bool:
        with self.lock:
            return key in self.items


def together(*functions: Callable[[], object]) -> None:
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# Updates that are lost


def attribute() -> None:
    box = Box()

    def update() -> None:
        seen = box.value
        box.value = seen + 1

    together(update, update)


def augmented() -> None:
    box = Box()

    def update() -> None:
        box.value += 1

    together(update, update)


def attribute_by_name() -> None:
    box = Box()

    def update() -> None:
        box.value = getattr(box, "value") + 1  # noqa: B009

    def store() -> None:
        setattr(box, "value", 5)  # noqa: B010

    together(update, store)


def attribute_in_dict() -> None:
    box = Box()

    def update() -> None:
        seen = box.value
        box.value = seen + 1

    def store() -> None:
        box.__dict__["value"] = 5

    together(update, store)


def attribute_in_vars() -> None:
    box = Box()

    def update() -> None:
        seen = box.value
        box.value = seen + 1

    def store() -> None:
        vars(box)["value"] = 5

    together(update, store)


def slot() -> None:
    box = Slotted()

    def update() -> None:
        box.value += 1

    together(update, update)


def class_attribute() -> None:
    Shared.value = 0

    def update() -> None:
        Shared.value += 1

    together(update, update)


def class_attribute_read_through_an_instance() -> None:
    Shared.value, shared = 0, Shared()

    def update() -> None:
        seen = shared.value
        Shared.value = seen + 1

    together(update, update)


def function_attribute() -> None:
    def count() -> None:
        pass

    counting: Any = count
    counting.calls = 0

    def update() -> None:
        counting.calls += 1

    together(update, update)


def module_variable() -> None:
    global total
    total = 0

    def update() -> None:
        global total
        total += 1

    together(update, update)


def module_variable_as_attribute() -> None:
    global total
    total, this = 0, sys.modules[__name__]

    def update() -> None:
        global total
        seen = total
        total = seen + 1

    def store() -> None:
        this.total = 5  # type: ignore[attr-defined]

    together(update, store)


def module_variable_in_globals() -> None:
    global total
    total = 0

    def update() -> None:
        global total
        seen = total
        total = seen + 1

    def store() -> None:
        globals()["total"] = 5

    together(update, store)


def variable_of_an_enclosing_function() -> None:
    count = 0

    def update() -> None:
        nonlocal count
        count += 1

    together(update, update)


def item_of(container: Any, key: Any) -> None:
    def update() -> None:
        container[key] += 1

    together(update, update)


def item_from_the_end() -> None:
    items = [1, 2, 3]

    def update() -> None:
        seen = items[2]
        items[2] = seen + 1

    def store() -> None:
        items[-1] = 5

    together(update, store)


def item_by_get() -> None:
    stock: dict[str, int] = {}

    def update() -> None:
        stock["apple"] = stock.get("apple", 0) + 1

    together(update, update)


UPDATES = [
    attribute,
    augmented,
    attribute_by_name,
    attribute_in_dict,
    attribute_in_vars,
    slot,
    class_attribute,
    class_attribute_read_through_an_instance,
    function_attribute,
    module_variable,
    module_variable_as_attribute,
    module_variable_in_globals,
    variable_of_an_enclosing_function,
    item_from_the_end,
    item_by_get,
]
CONTAINERS: dict[str, tuple[Callable[[], Any], Any]] = {
    "dict": (lambda: {"a": 0}, "a"),
    "tuple key": (lambda: {(1, "a"): 0}, (1, "a")),
    "OrderedDict": (lambda: OrderedDict(a=0), "a"),
    "defaultdict": (lambda: defaultdict(int), "a"),
    "Counter": (Counter, "a"),
    "UserDict": (lambda: UserDict(a=0), "a"),
    "list": (lambda: [0], 0),
    "deque": (lambda: deque([0]), 0),
    "bytearray": (lambda: bytearray(1), 0),
    "array": (lambda: array("i", [0]), 0),
}


@pytest.mark.parametrize("program", UPDATES, ids=lambda program: program.__name__)
def test_an_update_is_lost(program: Callable[[], None]) -> None:
    outcome = raddle.explore(program)
    assert [finding.kind for finding in outcome.findings] == ["lost-update"], outcome


@pytest.mark.parametrize("name", CONTAINERS)
def test_an_update_of_an_item_is_lost(name: str) -> None:
    make, key = CONTAINERS[name]
    outcome = raddle.explore(lambda: item_of(make(), key))
    assert [finding.kind for finding in outcome.findings] == ["lost-update"], outcome


def test_what_is_changed_in_place_is_not_lost() -> None:
    def program() -> None:
        box, shelves = Box(), {"a": {1}}
        box.items, rows = [], {}

        def work() -> None:
            nonlocal rows
            box.items += [1]
            shelves["a"] |= {2}
            rows |= {3: 4}

        together(work, work)
        assert (box.items, shelves, rows) == ([1, 1], {"a": {1, 2}}, {3: 4})

    outcome = raddle.explore(program, strategy="dpor")
    assert (outcome.verdict, outcome.reasons) == ("clean", []), outcome


def test_what_was_put_in_its_place_meanwhile_is_lost() -> None:
    def program() -> None:
        box = Box()
        box.items = []

        def grow() -> None:
            box.items += [1]

        def renew() -> None:
            box.items = []

        together(grow, renew)

    outcome = raddle.explore(program)
    assert [finding.kind for finding in outcome.findings] == ["lost-update"], outcome


# Checks that are no longer true


def membership() -> None:
    stock: dict[str, int] = {}

    def add(number: int) -> None:
        if "apple" not in stock:
            stock["apple"] = number

    together(functools.partial(add, 1), functools.partial(add, 2))


def truth() -> None:
    items = [1]

    def take() -> None:
        if items:
            items.pop()

    together(take, take)


def length() -> None:
    items: list[int] = []

    def fill() -> None:
        if len(items) < 1:
            items.append(1)

    together(fill, fill)


def missing_attribute() -> None:
    box = Box()

    def initialise() -> None:
        if not hasattr(box, "client"):
            box.client = object()  # type: ignore[attr-defined]

    together(initialise, initialise)


def nothing_yet() -> None:
    box: Any = Box()
    box.client = None

    def initialise() -> None:
        if box.client is None:
            box.client = object()

    together(initialise, initialise)


@pytest.mark.parametrize(
    "program", [membership, truth, length, missing_attribute, nothing_yet], ids=lambda program: program.__name__
)
def test_a_check_goes_stale(program: Callable[[], None]) -> None:
    outcome = raddle.explore(program)
    assert [finding.kind for finding in outcome.findings] == ["stale-check"], outcome


# Nothing that conflicts


def different_items() -> None:
    stock = {"apple": 0, "pear": 0, -1: 0, -2: 0}

    def change(key: object) -> None:
        stock[key] += 1  # type: ignore[index]

    together(*(functools.partial(change, key) for key in stock))


def how_many_items() -> None:
    results = [0, 0]

    def fill(index: int) -> None:
        if results and len(results) > index:
            results[index] = 1

    together(*(functools.partial(fill, index) for index in range(2)))


def whether_items_are_true() -> None:
    rows = [[0], [0]]

    def fill() -> None:
        rows[0][0] = 1

    def ask() -> None:
        assert all(rows)
        assert any(iter(rows))

    together(fill, ask)


def different_attributes() -> None:
    box: Any = Box()

    def one() -> None:
        box.one = 1

    def other() -> None:
        box.other = 2

    together(one, other)


def different_objects() -> None:
    def update() -> None:
        box = Box()
        box.value += 1

    together(update, update)


def different_calls() -> None:
    def count() -> None:
        number = 0

        def update() -> None:
            nonlocal number
            number += 1

        update()

    together(count, count)


def methods_only() -> None:
    guarded = Guarded()

    def use() -> None:
        with guarded.lock:
            pass

    together(use, use)


def thread_local() -> None:
    local = threading.local()

    def update() -> None:
        local.value = 0
        local.value += 1

    together(update, update)


def under_a_lock() -> None:
    box, lock = Box(), threading.Lock()

    def update() -> None:
        with lock:
            box.value += 1

    together(update, update)


@pytest.mark.parametrize(
    "program",
    [
        different_items,
        how_many_items,
        whether_items_are_true,
        different_attributes,
        different_objects,
        different_calls,
        methods_only,
        thread_local,
        under_a_lock,
    ],
    ids=lambda program: program.__name__,
)
def test_accesses_of_different_places_do_not_conflict(program: Callable[[], None]) -> None:
    outcome = raddle.explore(program, races=True)
    assert outcome.verdict == "clean", outcome
    assert outcome.notes == []


def test_a_container_with_its_own_lock_answers_for_itself() -> None:
    def program() -> None:
        guarded = Guarded()

        def store() -> None:
            guarded["a"] = 1

        together(store, store)

    assert raddle.explore(program, races=True).verdict == "clean"


def test_a_test_whose_answer_stays_is_not_stale() -> None:
    def program() -> None:
        items = [1, 2, 3]

        def take() -> None:
            if items:
                items.pop()

        together(take, take)

    outcome = raddle.explore(program)
    assert outcome.findings == []


# What a report shows of them


def test_values_are_shown_short_and_run_no_code_of_the_user() -> None:
    class Loud:
        def __repr__(self) -> str:
            raise AssertionError("nobody asked")

    def program() -> None:
        box: Any = Box()
        box.value = None

        def update() -> None:
            seen = box.value
            box.value = (seen, Loud(), "x" * 100)

        together(update, update)

    (finding,) = raddle.explore(program).findings
    assert finding.kind == "lost-update"
    assert "None" in finding.text
    assert "(None, <Loud>, 'xxx" in finding.text
    assert "x" * 50 not in finding.text
