"""Queues behave as the standard library's."""

from __future__ import annotations

import gc
import pickle
import queue as theirs
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from raddle import queue

KINDS = ["Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"]
BOUNDED = ["Queue", "LifoQueue", "PriorityQueue"]


class Awkward:
    """Something whose comparison does as it is told."""

    def __init__(self, rank: int, compare: Callable[[], object] = lambda: None) -> None:
        self.rank, self.compare = rank, compare

    def __lt__(self, other: Awkward) -> bool:
        self.compare()
        return self.rank < other.rank


def together(*bodies: Callable[[], object]) -> None:
    threads = [threading.Thread(target=body) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("kind", KINDS)
def test_items_come_out_in_the_standard_librarys_order(kind: str) -> None:
    ours, standard = getattr(queue, kind)(), getattr(theirs, kind)()
    for number in (3, 1, 4, 1, 5, 9, 2, 6):
        ours.put(number)
        standard.put(number)
    if kind != "SimpleQueue":
        assert list(ours.queue) == list(standard.queue)
    assert [ours.get() for _ in range(8)] == [standard.get() for _ in range(8)]
    assert ours.empty()


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_queue_says_so(kind: str) -> None:
    made = getattr(queue, kind)()
    for get in (made.get_nowait, lambda: made.get(False), lambda: made.get(timeout=0.001)):
        with pytest.raises(theirs.Empty):
            get()
    with pytest.raises(ValueError, match="'timeout' must be a non-negative number"):
        made.get(timeout=-1)
    assert (made.empty(), made.qsize()) == (True, 0)


@pytest.mark.parametrize("kind", BOUNDED)
def test_a_full_queue_says_so(kind: str) -> None:
    made = getattr(queue, kind)(1)
    made.put(1)
    for put in (made.put_nowait, lambda n: made.put(n, False), lambda n: made.put(n, timeout=0.001)):
        with pytest.raises(theirs.Full):
            put(2)
    with pytest.raises(ValueError, match="'timeout' must be a non-negative number"):
        made.put(2, timeout=-1)
    assert (made.full(), made.maxsize) == (True, 1)
    made.maxsize = 2
    made.put_nowait(2)


@pytest.mark.parametrize("kind", KINDS)
def test_producers_and_consumers_meet(kind: str) -> None:
    made = getattr(queue, kind)(*[2] * (kind != "SimpleQueue"))
    got: list[int] = []

    def produce() -> None:
        for number in range(500):
            made.put(number)

    def consume() -> None:
        got.extend(made.get() for _ in range(500))

    together(produce, consume, produce, consume)
    assert sorted(got) == sorted(list(range(500)) * 2)


@pytest.mark.parametrize("kind", BOUNDED)
def test_join_waits_for_what_is_not_done(kind: str) -> None:
    made = getattr(queue, kind)()
    made.put(1)
    made.put(2)
    assert made.unfinished_tasks == 2
    joined = threading.Thread(target=made.join)
    joined.start()
    for _ in range(2):
        made.get()
        made.task_done()
    joined.join()
    with pytest.raises(ValueError, match=r"task_done\(\) called too many times"):
        made.task_done()


@pytest.mark.parametrize("kind", BOUNDED)
@pytest.mark.parametrize("immediate", [False, True])
def test_a_queue_is_shut_down_on_every_version(kind: str, immediate: bool) -> None:
    made = getattr(queue, kind)()
    made.put(1)
    assert made.is_shutdown is False
    made.shutdown(immediate)
    assert made.is_shutdown is True
    with pytest.raises(queue.ShutDown):
        made.put(2)
    if not immediate:
        assert made.get() == 1
        made.task_done()
    with pytest.raises(queue.ShutDown):
        made.get_nowait()
    made.join()
    if sys.version_info >= (3, 13):
        assert queue.ShutDown is theirs.ShutDown


@pytest.mark.parametrize("blocked", ["put", "get"])
def test_a_shutdown_wakes_who_waits(blocked: str) -> None:
    made: queue.Queue[int] = queue.Queue(1)
    if blocked == "put":
        made.put(1)
    raised: list[type[BaseException]] = []

    def wait() -> None:
        try:
            made.put(2) if blocked == "put" else made.get()
        except queue.ShutDown as e:
            raised.append(type(e))

    waiter = threading.Thread(target=wait)
    waiter.start()
    made.shutdown(immediate=True)
    waiter.join()
    assert raised == [queue.ShutDown]


def test_a_comparison_that_raises_loses_nothing() -> None:
    def refuse() -> None:
        raise OSError("incomparable")

    made: queue.PriorityQueue[Awkward] = queue.PriorityQueue()
    items = [Awkward(rank) for rank in (2, 1, 3, 0)]
    for item in items:
        made.put(item)
    with pytest.raises(OSError, match="incomparable"):
        made.put(Awkward(5, refuse))
    assert (made.qsize(), made.unfinished_tasks) == (4, 4)
    items[0].compare = items[1].compare = items[2].compare = refuse
    with pytest.raises(OSError, match="incomparable"):
        made.get()
    assert (made.qsize(), made.unfinished_tasks) == (4, 4)
    for item in items:
        item.compare = lambda: None
    assert [made.get().rank for _ in range(4)] == [0, 1, 2, 3]


def test_a_comparison_may_let_other_threads_at_the_queue() -> None:
    made: queue.PriorityQueue[Awkward] = queue.PriorityQueue()
    inside, outside = threading.Event(), threading.Event()
    made.put(Awkward(0))

    def meet() -> None:
        inside.set()
        outside.wait(10)

    slow = threading.Thread(target=made.put, args=(Awkward(1, meet),))
    slow.start()
    inside.wait(10)
    quick = threading.Thread(target=made.put, args=(Awkward(2),))
    quick.start()
    outside.set()
    slow.join()
    quick.join()
    assert [made.get().rank for _ in range(3)] == [0, 1, 2]


def test_many_slow_comparisons_in_many_threads_come_to_an_end() -> None:
    made: queue.PriorityQueue[Awkward] = queue.PriorityQueue(4)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [
            threading.Thread(target=lambda: [made.put(Awkward(rank, gc.isenabled)) for rank in range(200)]) for _ in range(3)
        ]
        threads += [threading.Thread(target=lambda: [made.get() for _ in range(200)]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert made.empty()


class Unique(queue.Queue):  # type: ignore[type-arg]
    """Each item once."""

    def _init(self, maxsize: int) -> None:
        self.queue = set()

    def _qsize(self) -> int:
        return len(self.queue)

    def _put(self, item: Any) -> None:
        self.queue.add(item)

    def _get(self) -> Any:
        return self.queue.pop()


class Logged(queue.PriorityQueue):  # type: ignore[type-arg]
    """Passes on to the hooks of its base."""

    def __init__(self, name: str) -> None:
        self.name, self.log = name, []
        super().__init__(maxsize=3)

    def _put(self, item: Any) -> None:
        self.log.append(item)
        super()._put(item)


def test_hooks_say_what_a_queue_is() -> None:
    made = Unique()
    for number in (1, 1, 2):
        made.put(number)
    assert made.qsize() == 2
    assert {made.get(), made.get()} == {1, 2}
    with pytest.raises(theirs.Empty):
        made.get_nowait()


def test_hooks_may_use_those_of_the_base() -> None:
    made = Logged("mine")
    for number in (3, 1, 2):
        made.put(number)
    with pytest.raises(theirs.Full):
        made.put_nowait(4)
    assert made.log == [3, 1, 2]
    assert [made.get() for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("kind", KINDS)
def test_items_are_seen_by_the_collector(kind: str) -> None:
    made = getattr(queue, kind)()
    made.put(made)
    reference = weakref.ref(made)
    del made
    gc.collect()
    assert reference() is None


@pytest.mark.parametrize("kind", KINDS)
def test_names_and_annotations(kind: str) -> None:
    ours, standard = getattr(queue, kind), getattr(theirs, kind)
    assert str(ours[int]) == f"raddle.queue.{kind}[int]"
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(ours())
    assert ours.__name__ == standard.__name__


def test_a_simple_queue_can_be_put_into_from_a_finalizer() -> None:
    made: queue.SimpleQueue[int] = queue.SimpleQueue()

    class Finalized:
        def __del__(self) -> None:
            made.put(1)

    made.put(Finalized())  # type: ignore[arg-type]
    made.get()
    assert made.get(timeout=10) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_collections_while_others_wait_take_nothing_that_is_alive(kind: str) -> None:
    class Item:
        def __init__(self, number: int) -> None:
            self.number, self.itself = number, self

        def __lt__(self, other: Item) -> bool:
            return self.number < other.number

    made = getattr(queue, kind)(*[1] * (kind != "SimpleQueue"))
    got: list[int] = []

    def consume() -> None:
        for _ in range(2000):
            item = made.get()
            got.append(item.itself.number)

    def produce() -> None:
        for number in range(2000):
            made.put(Item(number))

    threads = [threading.Thread(target=body) for body in (consume, produce)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        gc.collect(0)
        # A free-threaded collection stops all threads, and the next one would before they have gone on.
        threads[0].join(0.001)
    assert sorted(got) == list(range(2000))


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_goes_in_and_comes_out(kind: str) -> None:
    made = getattr(queue, kind)()
    made.put_many(range(5))
    made.put_many([])
    assert made.get_many(2) == ([4, 3] if kind == "LifoQueue" else [0, 1])
    assert sorted(made.get_many(10)) == ([0, 1, 2] if kind == "LifoQueue" else [2, 3, 4])
    for get in (lambda: made.get_many(1, False), lambda: made.get_many(limit=1, timeout=0.001)):
        with pytest.raises(theirs.Empty):
            get()
    for limit in (0, -1):
        with pytest.raises(ValueError, match="'limit' must be greater than 0"):
            made.get_many(limit)
    with pytest.raises(ValueError, match="'timeout' must be a non-negative number"):
        made.get_many(1, timeout=-1)
    with pytest.raises(TypeError):
        made.put_many(5)
    assert made.empty()


@pytest.mark.parametrize("kind", BOUNDED)
def test_what_a_batch_has_no_room_for_comes_back(kind: str) -> None:
    made = getattr(queue, kind)(3)
    for wait in ({"block": False}, {"timeout": 0}, {"timeout": 0.001}):
        with pytest.raises(theirs.Full) as full:
            made.put_many([1, 2, 3, 4, 5], **wait)
        assert full.value.remaining == [4, 5]  # type: ignore[attr-defined]
        assert sorted(made.get_many(5)) == [1, 2, 3]
    with pytest.raises(ValueError, match="'timeout' must be a non-negative number"):
        made.put_many([1], timeout=-1)
    made.shutdown()
    with pytest.raises(queue.ShutDown) as shut:
        made.put_many(iter([1, 2]))
    assert shut.value.remaining == [1, 2]  # type: ignore[attr-defined]
    with pytest.raises(queue.ShutDown):
        made.get_many(1)


def test_an_iterable_that_raises_puts_nothing() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("no more")

    for made in (queue.Queue(), queue.SimpleQueue()):
        with pytest.raises(LookupError, match="no more"):
            made.put_many(items())
        assert made.empty()


def test_a_comparison_that_raises_ends_a_batch_and_loses_nothing() -> None:
    made: queue.PriorityQueue[Any] = queue.PriorityQueue()
    with pytest.raises(TypeError) as unlike:
        made.put_many([3, 1, "2", 4])
    assert unlike.value.remaining == ["2", 4]  # type: ignore[attr-defined]
    assert made.get_many(5) == [1, 3]

    def fail() -> None:
        if angry:
            raise LookupError("not now")

    angry = False
    items = [Awkward(rank, fail) for rank in range(4)]
    made.put_many(items)
    angry = True
    with pytest.raises(LookupError):
        made.get_many(3)
    angry = False
    assert made.get_many(9) == items


def test_an_interrupt_in_the_middle_of_a_batch_loses_no_item() -> None:
    asked = 0

    def interrupt() -> None:
        nonlocal asked
        asked += 1
        if asked == 4:
            raise KeyboardInterrupt

    made: queue.PriorityQueue[Awkward] = queue.PriorityQueue()
    items = [Awkward(rank) for rank in range(8)]
    made.put_many(items)
    for item in items:
        item.compare = interrupt
    with pytest.raises(KeyboardInterrupt) as interrupted:
        made.get_many(8)
    taken: list[Awkward] = interrupted.value.taken  # type: ignore[attr-defined]
    assert taken
    assert sorted(item.rank for item in taken + made.get_many(8)) == list(range(8))


def test_batches_go_through_the_hooks_of_a_subclass() -> None:
    class Doubling(queue.Queue[int]):
        def _put(self, item: int) -> None:
            super()._put(2 * item)

    made = Doubling(3)
    with pytest.raises(theirs.Full) as full:
        made.put_many([1, 2, 3, 4], block=False)
    assert full.value.remaining == [4]  # type: ignore[attr-defined]
    assert made.get_many(2) == [2, 4]
    assert made.get_many(2) == [6]


@pytest.mark.parametrize("kind", KINDS)
def test_batches_meet(kind: str) -> None:
    made = getattr(queue, kind)(*[3] * (kind != "SimpleQueue"))
    got: list[int] = []

    def produce() -> None:
        for start in range(0, 500, 10):
            made.put_many(range(start, start + 10))

    def consume() -> None:
        mine: list[int] = []
        while len(mine) < 500:
            some = made.get_many(min(7, 500 - len(mine)))
            assert 1 <= len(some) <= 7
            mine += some
        got.extend(mine)

    together(produce, consume, produce, consume)
    assert sorted(got) == sorted(list(range(500)) * 2)


@pytest.mark.parametrize("kind", KINDS)
def test_statistics_tell_what_came_and_went(kind: str) -> None:
    made = getattr(queue, kind)(*[5] * (kind != "SimpleQueue"))
    made.put_many([1, 2, 3])
    made.get()
    seen = made.statistics()
    assert (seen.size, seen.puts, seen.gets, seen.unfinished) == (2, 3, 1, 3)
    assert seen.maxsize == (0 if kind == "SimpleQueue" else 5)
    assert made.statistics() == seen
    if kind != "SimpleQueue":
        made.task_done()
        made.shutdown(immediate=True)
        assert repr(made.statistics()) == "QueueStatistics(size=0, maxsize=5, puts=3, gets=3, unfinished=0)"
