"""Methods whose usual call takes a shorter way: every other call of them still does what the standard library's does."""

from __future__ import annotations

import queue as their_queue
import threading as their_threading
from collections.abc import Callable
from typing import Any

import pytest

from raddle import queue, threading

Call = tuple[str, tuple[Any, ...], dict[str, Any]]

LOCK: list[Call] = [
    ("acquire", (True,), {}),
    ("acquire", (False,), {}),
    ("acquire", (), {"blocking": False}),
    ("acquire", (), {"timeout": 0.001}),
    ("acquire", (True, 0.001), {}),
    ("acquire", (False, 1), {}),
    ("acquire", (1, 2, 3), {}),
    ("acquire", (), {"nonsense": 1}),
    ("release", (1,), {}),
    ("release", (), {"nonsense": 1}),
    ("release", (), {}),
    ("release", (), {}),
    ("release", (), {}),
    ("release", (), {}),
    ("release", (), {}),
    ("acquire", (), {}),
    ("release", (), {}),
    ("__enter__", (), {}),
    ("__exit__", (None, None, None), {}),
    ("release", (), {}),
]
SEMAPHORE: list[Call] = [
    ("acquire", (), {}),
    ("acquire", (False,), {}),
    ("acquire", (), {"blocking": False}),
    ("acquire", (), {"timeout": 0.001}),
    ("acquire", (False, 1), {}),
    ("acquire", (1, 2, 3), {}),
    ("release", (), {}),
    ("release", (0,), {}),
    ("release", (), {"n": 1}),
    ("release", (2,), {}),
    ("__enter__", (), {}),
    ("__exit__", (None, None), {}),
    ("__exit__", (None, None, None), {}),
    ("acquire", (), {"nonsense": 1}),
]
CONDITION: list[Call] = [
    ("notify", (), {}),
    ("__enter__", (), {}),
    ("notify", (), {}),
    ("notify", (2,), {}),
    ("notify", (), {"n": 2}),
    ("notify", (), {"nonsense": 2}),
    ("__exit__", (None, None, None), {}),
    ("__exit__", (None, None, None), {}),
]
QUEUE: list[Call] = [
    ("put", ("one",), {}),
    ("put", (), {"item": "two"}),
    ("put", ("three", False, None), {}),
    ("put", ("four",), {"block": False, "timeout": 7}),
    ("put", (), {}),
    ("put", (1, 2, 3, 4), {}),
    ("put", ("five",), {"item": "six"}),
    ("put_nowait", ("seven",), {}),
    ("put_nowait", (), {"item": "eight"}),
    ("put_nowait", (), {}),
    ("get", (), {}),
    ("get", (False,), {}),
    ("get", (True, 1), {}),
    ("get", (), {"timeout": 1}),
    ("get", (), {"nonsense": 1}),
    ("get", (1, 2, 3), {}),
    ("get_nowait", (), {}),
    ("get_nowait", (1,), {}),
    ("get_nowait", (), {}),
    ("get_nowait", (), {}),
    ("get", (), {"timeout": -1}),
    ("get", (), {"timeout": 0.001}),
]


def outcomes(made: object, calls: list[Call]) -> list[object]:
    """Return what the calls, one after another, return or raise."""

    def outcome(call: Call) -> object:
        name, args, kwargs = call
        try:
            return getattr(made, name)(*args, **kwargs)
        except Exception as error:
            return type(error)

    return [outcome(call) for call in calls]


@pytest.mark.parametrize(
    ("ours", "theirs", "calls"),
    [
        pytest.param(threading.Lock, their_threading.Lock, LOCK, id="Lock"),
        pytest.param(threading.RLock, their_threading.RLock, LOCK, id="RLock"),
        pytest.param(threading.Semaphore, their_threading.Semaphore, SEMAPHORE, id="Semaphore"),
        pytest.param(threading.BoundedSemaphore, their_threading.BoundedSemaphore, SEMAPHORE, id="BoundedSemaphore"),
        pytest.param(threading.Condition, their_threading.Condition, CONDITION, id="Condition"),
        pytest.param(
            lambda: threading.Condition(threading.Lock()),
            lambda: their_threading.Condition(their_threading.Lock()),
            [call for call in CONDITION if call[0] != "__enter__"],
            id="Condition over a Lock",
        ),
        pytest.param(queue.SimpleQueue, their_queue.SimpleQueue, QUEUE, id="SimpleQueue"),
    ],
)
def test_every_call_does_what_the_standard_library_s_does(
    ours: Callable[[], object], theirs: Callable[[], object], calls: list[Call]
) -> None:
    assert outcomes(ours(), calls) == outcomes(theirs(), calls)


def test_a_method_is_refused_to_another_class() -> None:
    for other in (threading.RLock(), object()):
        with pytest.raises(TypeError):
            type(threading.Lock()).acquire(other)  # type: ignore[arg-type]


def test_a_subclass_inherits_them() -> None:
    class Named(queue.SimpleQueue):  # type: ignore[type-arg]
        pass

    named = Named()
    named.put(1)
    assert (named.get(), named.empty()) == (1, True)
