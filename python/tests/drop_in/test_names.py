"""Every object takes a name."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from raddle import queue, threading
from raddle.concurrent import futures

MAKES: list[Callable[[], Any]] = [
    threading.Lock,
    threading.RLock,
    threading.Condition,
    threading.Semaphore,
    threading.BoundedSemaphore,
    threading.Event,
    lambda: threading.Barrier(1),
    queue.Queue,
    queue.LifoQueue,
    queue.PriorityQueue,
    queue.SimpleQueue,
    futures.Future,
    lambda: futures.ThreadPoolExecutor(1),
]


@pytest.mark.parametrize("make", MAKES)
def test_an_object_has_no_name_until_it_is_given_one(make: Callable[[], Any]) -> None:
    made, other = make(), make()
    assert made.name is None
    text = repr(made)
    made.name = "accounts"
    assert (made.name, other.name, repr(made)) == ("accounts", None, text)
    made.name = "orders"
    assert made.name == "orders"


@pytest.mark.parametrize("make", MAKES)
def test_a_name_keeps_no_object_alive(make: Callable[[], Any]) -> None:
    made = make()
    made.name = "accounts"
    gone = weakref.ref(made)
    del made
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("base", [type(threading.RLock()), queue.Queue, threading.Condition, futures.Future])
def test_a_subclass_may_use_the_name_for_its_own_purpose(base: type[Any]) -> None:
    class Named(base):  # type: ignore[misc]
        def __init__(self, name: object) -> None:
            super().__init__()
            self.name = name

    assert Named(5).name == 5
    assert Named(("a", "b")).name == ("a", "b")

    class Fixed(base):  # type: ignore[misc]
        name = "always"

    assert Fixed().name == "always"
