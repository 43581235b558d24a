"""Every class beside the standard library's: the same names, signatures, texts and errors; one test for each aspect."""

from __future__ import annotations

import concurrent.futures as their_futures
import copy
import gc
import inspect
import pickle
import queue as their_queue
import re
import threading as their_threading
import types
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from raddle import queue, threading
from raddle.concurrent import futures

Make = Callable[[Any], Any]

THEIRS = {"threading": their_threading, "queue": their_queue, "futures": their_futures}
OURS = {"threading": threading, "queue": queue, "futures": futures}
CLASSES: dict[str, tuple[str, Make]] = {
    "Lock": ("threading", lambda cls: cls()),
    "RLock": ("threading", lambda cls: cls()),
    "Condition": ("threading", lambda cls: cls()),
    "Semaphore": ("threading", lambda cls: cls(2)),
    "BoundedSemaphore": ("threading", lambda cls: cls(2)),
    "Event": ("threading", lambda cls: cls()),
    "Barrier": ("threading", lambda cls: cls(2)),
    "Timer": ("threading", lambda cls: cls(60, print)),
    "Queue": ("queue", lambda cls: cls()),
    "LifoQueue": ("queue", lambda cls: cls()),
    "PriorityQueue": ("queue", lambda cls: cls()),
    "SimpleQueue": ("queue", lambda cls: cls()),
    "Future": ("futures", lambda cls: cls()),
    "ThreadPoolExecutor": ("futures", lambda cls: cls(1, thread_name_prefix="t")),
}
EXTRAS = {("ThreadPoolExecutor", "backlog")}
"""Parameters that the standard library's classes do not have: given by name only, and optional."""
FACTORIES = {"Lock", "RLock"}
"""Functions in some versions of the standard library: nobody derives from them by these names."""

both = pytest.mark.parametrize("name", CLASSES)

# Looked up at once: `concurrent.futures` looks up its own late, and other tests put ours in their place for a while.
THEIR_CLASSES = {name: getattr(THEIRS[module], name) for name, (module, *_) in CLASSES.items()}


def classes(name: str) -> tuple[Any, Any]:
    """The standard library's class, and ours."""
    return THEIR_CLASSES[name], getattr(OURS[CLASSES[name][0]], name)


def pair(name: str) -> tuple[Any, Any]:
    """An object of each."""
    make = CLASSES[name][1]
    theirs, ours = classes(name)
    return make(theirs), make(ours)


def signature(of: Any) -> list[tuple[str, Any, Any]] | None:
    """The parameters with their kinds and defaults; what they are annotated with is nobody's business."""
    try:
        found = inspect.signature(of)
    except ValueError:
        return None
    return [(parameter.name, parameter.kind, parameter.default) for parameter in found.parameters.values()]


def outcome(action: Callable[[], object]) -> object:
    """What it returns, or the class and the words of what it raises."""
    try:
        return action()
    except Exception as e:
        return type(e).__name__, str(e)


@both
def test_the_class_has_the_standard_librarys_signature(name: str) -> None:
    theirs, ours = map(signature, classes(name))
    extras = [extra for extra in ours or () if (name, extra[0]) in EXTRAS]
    assert all(kind is inspect.Parameter.KEYWORD_ONLY for _, kind, _ in extras)
    assert theirs in ([parameter for parameter in ours or () if parameter not in extras], None)


@both
def test_the_methods_have_the_standard_librarys_names_and_signatures(name: str) -> None:
    theirs, ours = pair(name)
    for method in dir(theirs):
        if method.startswith("_") and method not in ("__enter__", "__exit__"):
            continue
        assert callable(getattr(theirs, method)) == callable(getattr(ours, method)), method
        if callable(getattr(theirs, method)):
            expected = signature(getattr(theirs, method))
            assert expected in (signature(getattr(ours, method)), None), method


@both
def test_what_is_documented_there_is_documented_here(name: str) -> None:
    theirs, ours = pair(name)
    for public in dir(theirs):
        if not public.startswith("_") and callable(getattr(theirs, public)):
            assert bool(getattr(ours, public).__doc__) >= bool(getattr(theirs, public).__doc__), public
    assert bool(ours.__doc__) >= bool(theirs.__doc__)


@both
def test_the_text_is_the_standard_librarys(name: str) -> None:
    def shown(thing: Any) -> str:
        text = re.sub(r"0x[0-9a-f]+", "0x", repr(thing)).replace("raddle.", "").replace("_queue.", "queue.")
        return re.sub(r"Thread-\d+", "Thread-N", text)

    theirs, ours = pair(name)
    assert shown(ours) == shown(theirs)


@both
def test_copies_and_pickles_are_refused_as_there(name: str) -> None:
    for action in (pickle.dumps, copy.copy, copy.deepcopy):
        theirs, ours = pair(name)
        if name == "Timer" and action is copy.copy:
            # Such a copy shares its insides with the timer, and breaks the bookkeeping of threads.
            continue
        expected = outcome(lambda action=action, theirs=theirs: action(theirs))  # type: ignore[misc]
        seen = outcome(lambda action=action, ours=ours: action(ours))  # type: ignore[misc]
        if isinstance(expected, tuple):
            assert seen == expected, action


@both
def test_the_class_can_be_pickled_and_copied(name: str) -> None:
    _, ours = classes(name)
    assert pickle.loads(pickle.dumps(ours)) is ours
    assert copy.copy(ours) is copy.deepcopy(ours) is ours


@both
def test_objects_can_be_referred_to_weakly(name: str) -> None:
    _, ours = pair(name)
    assert weakref.ref(ours)() is ours


@both
def test_objects_go_away_with_their_last_reference(name: str) -> None:
    theirs, ours = (weakref.ref(thing) for thing in pair(name))
    if theirs() is None:
        assert ours() is None
    gc.collect()
    assert ours() is None or name == "Timer"


@both
def test_objects_compare_and_hash_by_identity(name: str) -> None:
    (_, one), (_, other) = pair(name), pair(name)
    assert one == one
    assert one != other
    assert len({one, one, other}) == 2


@both
def test_attributes_can_be_given_where_they_can_there(name: str) -> None:
    def give(thing: Any) -> object:
        thing.own = 5
        return thing.own

    theirs, ours = pair(name)
    expected = outcome(lambda: give(theirs))
    assert isinstance(outcome(lambda: give(ours)), type(expected))


@pytest.mark.parametrize("name", [name for name in CLASSES if name not in FACTORIES])
def test_subclasses_have_arguments_attributes_and_cycles_of_their_own(name: str) -> None:
    _, base = classes(name)
    make = CLASSES[name][1]

    class Derived(base):  # type: ignore[misc]
        def __init__(self, label: str) -> None:
            make(super().__init__)
            self.label = label
            self.itself = self

    derived = Derived("x")
    assert isinstance(derived, base)
    assert derived.label == "x"
    assert type(derived).__name__ in repr(derived) or "Condition" in repr(derived) or "Executor" in repr(derived)
    gone = weakref.ref(derived)
    del derived
    gc.collect()
    assert gone() is None or name == "Timer"


@pytest.mark.parametrize("name", ["Queue", "LifoQueue", "PriorityQueue", "SimpleQueue", "Future"])
def test_annotations_can_name_what_is_inside(name: str) -> None:
    for cls in classes(name):
        alias = cls[int]
        assert isinstance(alias, types.GenericAlias)
        assert (alias.__origin__, alias.__args__) == (cls, (int,))


WRONG: dict[str, tuple[str, Callable[[Any], object]]] = {
    f"{name}: {what}": (name, action)
    for names, what, action in [
        ("Lock RLock", "release", lambda it: it.release()),
        ("Lock RLock", "acquire(False, 1)", lambda it: it.acquire(False, 1)),
        ("Lock RLock", "acquire(timeout=-2)", lambda it: it.acquire(timeout=-2)),
        ("Lock RLock", "acquire(timeout=nan)", lambda it: it.acquire(timeout=float("nan"))),
        ("Lock RLock", "acquire(timeout=1e300)", lambda it: it.acquire(timeout=1e300)),
        ("Lock RLock", "acquire(timeout='1')", lambda it: it.acquire(timeout="1")),
        ("Condition", "wait", lambda it: it.wait()),
        ("Condition", "notify", lambda it: it.notify()),
        ("Condition", "notify_all", lambda it: it.notify_all()),
        ("Condition", "wait_for", lambda it: it.wait_for(lambda: False)),
        ("Condition", "release", lambda it: it.release()),
        ("Semaphore BoundedSemaphore", "release(0)", lambda it: it.release(0)),
        ("Semaphore BoundedSemaphore", "acquire(False, 1)", lambda it: it.acquire(False, timeout=1)),
        ("BoundedSemaphore", "release", lambda it: it.release()),
        ("Event", "wait('1')", lambda it: it.wait("1")),
        ("Event", "wait(1e300)", lambda it: it.wait(1e300)),
        ("Event", "wait(inf)", lambda it: it.wait(float("inf"))),
        ("Queue LifoQueue PriorityQueue SimpleQueue", "get_nowait", lambda it: it.get_nowait()),
        ("Queue LifoQueue PriorityQueue SimpleQueue", "get(timeout=-1)", lambda it: it.get(timeout=-1)),
        ("Queue LifoQueue PriorityQueue", "task_done", lambda it: it.task_done()),
        ("Future", "result(0)", lambda it: it.result(0)),
        ("Future", "two results", lambda it: [it.set_result(1), it.set_result(2)]),
        ("ThreadPoolExecutor", "submit()", lambda it: it.submit()),
        ("ThreadPoolExecutor", "submit after shutdown", lambda it: [it.shutdown(), it.submit(int)]),
    ]
    for name in names.split()
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_use_is_told_in_the_standard_librarys_words(wrong: str) -> None:
    name, action = WRONG[wrong]

    def told(thing: Any) -> object:
        said = outcome(lambda: action(thing))
        assert isinstance(said, tuple), "nothing is wrong with it"
        # Who calls is named by the class there, and by the module here.
        return said[0], re.sub(r"0x[0-9a-f]+", "0x", said[1]).replace("ThreadPoolExecutor.", "")

    theirs, ours = pair(name)
    assert told(ours) == told(theirs)


CONSTRUCTIONS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("Semaphore", (-1,), {}),
    ("BoundedSemaphore", (-1,), {}),
    ("Semaphore", ("1",), {}),
    ("Barrier", (), {}),
    ("Event", (1,), {}),
    ("Future", (1,), {}),
    ("Condition", (5,), {}),
    ("SimpleQueue", (1,), {}),
    ("ThreadPoolExecutor", (0,), {}),
    ("ThreadPoolExecutor", (), {"initializer": 5}),
    ("ThreadPoolExecutor", ("1",), {}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), CONSTRUCTIONS)
def test_a_wrong_construction_raises_what_the_standard_librarys_does(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    def raised(cls: Any) -> object:
        said = outcome(lambda: cls(*args, **kwargs))
        return said[0] if isinstance(said, tuple) else "nothing"

    theirs, ours = classes(name)
    assert raised(ours) == raised(theirs)


def test_a_timeout_that_is_no_number_ends_a_wait_at_once() -> None:
    for name, wait in (("Event", "wait"), ("Semaphore", "acquire"), ("Future", "result")):
        theirs, ours = pair(name)
        assert outcome(lambda: getattr(ours, wait)(timeout=float("nan"))) == outcome(  # noqa: B023
            lambda: getattr(theirs, wait)(timeout=float("nan"))  # noqa: B023
        )
