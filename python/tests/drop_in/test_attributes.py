"""What a program keeps in the attributes of an object lives as long as the object, and no longer."""

from __future__ import annotations

import gc
import sys
import weakref
from typing import TYPE_CHECKING

import pytest

from raddle import queue, threading
from raddle.concurrent import futures

if TYPE_CHECKING:
    from collections.abc import Callable

MAKERS: dict[str, Callable[[], object]] = {
    "Condition": threading.Condition,
    "Semaphore": threading.Semaphore,
    "BoundedSemaphore": threading.BoundedSemaphore,
    "Event": threading.Event,
    "Barrier": lambda: threading.Barrier(2),
    "Queue": queue.Queue,
    "LifoQueue": queue.LifoQueue,
    "PriorityQueue": queue.PriorityQueue,
    "Future": futures.Future,
    "ThreadPoolExecutor": futures.ThreadPoolExecutor,
}

each_maker = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@each_maker
def test_a_cycle_through_an_attribute_is_collected(make: Callable[[], object]) -> None:
    made = make()
    made.itself = made  # type: ignore[attr-defined]
    reference = weakref.ref(made)
    del made
    gc.collect()
    assert reference() is None


@each_maker
def test_a_cycle_through_an_attribute_of_a_subclass_is_collected(make: Callable[[], object]) -> None:
    made = make()
    mine = type("Mine", (type(made),), {})
    made = mine(2) if mine.__base__ is threading.Barrier else mine()
    made.itself = made
    reference = weakref.ref(made)
    del made
    gc.collect()
    assert reference() is None


@each_maker
def test_a_cycle_is_collected_though_a_subclass_has_not_initialised_the_object(make: Callable[[], object]) -> None:
    made = type("Mine", (type(make()),), {"__init__": lambda self: None})()
    made.itself = made
    reference = weakref.ref(made)
    del made
    gc.collect()
    assert reference() is None


@each_maker
def test_an_object_lets_go_of_its_attributes_and_leaves_them_to_who_has_them(make: Callable[[], object]) -> None:
    made = make()
    made.answer = 42  # type: ignore[attr-defined]
    attributes = vars(made)
    held = sys.getrefcount(attributes)
    del made
    assert attributes == {"answer": 42}
    assert sys.getrefcount(attributes) == held - 1


def test_the_attributes_of_a_future_that_a_pool_made_go_with_it() -> None:
    with futures.ThreadPoolExecutor(1) as pool:
        future = pool.submit(int)
        future.itself = future  # type: ignore[attr-defined]
        future.result()
    reference = weakref.ref(future)
    del future
    gc.collect()
    assert reference() is None
