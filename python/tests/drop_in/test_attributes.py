"""What a program keeps in the attributes of an object lives as long as the object, and no longer."""

from __future__ import annotations

import gc
import sys
import weakref
from itertools import pairwise
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


@each_maker
@pytest.mark.parametrize("attributes", [(), ("answer",)], ids=["none", "one"])
def test_an_object_leaves_no_memory_behind(make: Callable[[], object], attributes: tuple[str, ...]) -> None:
    assert _left_by(make, attributes) < 100
    mine = type("Mine", (type(make()),), {})
    assert _left_by((lambda: mine(2)) if mine.__base__ is threading.Barrier else mine, attributes) < 100


def _left_by(make: Callable[[], object], attributes: tuple[str, ...]) -> int:
    """Return how many more pieces of memory there are when a thousand objects have come and gone: the least of three times.

    What other tests have left behind may come and go meanwhile.
    """

    def come_and_go() -> int:
        for _ in range(1_000):
            made = make()
            for name in attributes:
                setattr(made, name, None)
        del made
        gc.collect()
        return sys.getallocatedblocks()

    come_and_go()
    counts = [come_and_go() for _ in range(4)]
    return min(after - before for before, after in pairwise(counts))
