"""Programs that reach into the standard library's objects reach into ours: there is such a field, and it means the same."""

from __future__ import annotations

import concurrent.futures._base as theirs
import gc
import queue as native_queue
import threading as native
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from raddle import queue, threading
from raddle.concurrent import futures


class Waiter:
    """A thread that waits; what came of it."""

    def __init__(self, wait: Callable[[], object]) -> None:
        self.outcome: list[object] = []
        self.thread = native.Thread(target=lambda: self.outcome.append(wait()), daemon=True)
        self.thread.start()

    def result(self) -> object:
        self.thread.join(60)
        assert self.outcome, "it still waits"
        return self.outcome[0]


def outcome(ask: Callable[[], object]) -> object:
    """What it answers, or the class of what it raises."""
    try:
        return ask()
    except Exception as e:
        return type(e)


def until_blocked(waiter: Waiter) -> None:
    """Return when the thread sleeps."""
    stat = Path(f"/proc/self/task/{waiter.thread.native_id}/stat")
    while stat.read_text().rpartition(")")[2].split()[0] != "S":
        time.sleep(0)


def test_a_future_has_the_fields_of_the_standard_librarys() -> None:
    fields = set(vars(theirs.Future()))
    for future in (futures.Future[int](), futures.Future[int]()):
        future.set_running_or_notify_cancel()
        assert {name for name in fields if hasattr(future, name)} == fields
        assert fields <= vars(future).keys()
        assert (future._state, future.running(), future.done()) == ("RUNNING", True, False)
        future.set_result(5)
        assert (future.result(), future._result, future._exception) == (5, 5, None)
        assert repr(future).endswith("state=finished returned int>")


@pytest.mark.parametrize("state", ["PENDING", "RUNNING", "CANCELLED", "CANCELLED_AND_NOTIFIED", "FINISHED"])
def test_a_state_that_somebody_sets_is_the_futures(state: str) -> None:
    def outcomes(future: Any) -> list[object]:
        future._state, future._exception, future._result = state, None, 42
        seen: list[object] = [future.cancelled(), future.running(), future.done(), future._state]
        seen += map(outcome, (lambda: future.result(timeout=0), lambda: future.exception(timeout=0), future.cancel))
        return [*seen, future._state, repr(future).partition("state=")[2]]

    assert outcomes(futures.Future()) == outcomes(theirs.Future())


def test_who_waits_for_a_future_hears_of_what_is_done_to_its_fields() -> None:
    future: Any = futures.Future()
    waiter = Waiter(future.exception)
    until_blocked(waiter)
    raised = OSError()
    with future._condition:
        future._state = "FINISHED"
        future._exception = raised
        future._condition.notify_all()
    assert waiter.result() is raised


def test_a_wait_goes_on_for_as_long_as_was_left_when_a_future_is_opened() -> None:
    future: Any = futures.Future()
    waiter = Waiter(lambda: outcome(lambda: future.result(timeout=0.2)))
    until_blocked(waiter)
    with future._condition:
        pass
    assert waiter.result() is TimeoutError
    late: Any = futures.Future()
    waiter = Waiter(lambda: late.result(timeout=60))
    until_blocked(waiter)
    with late._condition:
        pass
    late.set_result(7)
    assert waiter.result() == 7


def test_a_held_condition_keeps_a_future_as_it_is() -> None:
    future: Any = futures.Future()
    with future._condition:
        setter = Waiter(lambda: future.set_result(1))
        until_blocked(setter)
        assert future._state == "PENDING"
    setter.result()
    assert future.result() == 1


def test_callbacks_and_those_who_wait_for_several_stay_with_an_opened_future() -> None:
    calls: list[tuple[str, bool]] = []
    future, other = futures.Future[int](), futures.Future[int]()
    future.add_done_callback(lambda done: calls.append(("before", done is future)))
    several = Waiter(lambda: futures.wait([future, other]))
    each = Waiter(lambda: [done.result() for done in futures.as_completed([future])])
    until_blocked(several)
    until_blocked(each)
    assert len(future._done_callbacks) == 1
    future.add_done_callback(lambda done: calls.append(("after", done is future)))
    other.set_result(1)
    future.set_result(2)
    future.add_done_callback(lambda done: calls.append(("late", done is future)))
    assert calls == [("before", True), ("after", True), ("late", True)]
    assert several.result() == ({future, other}, set())
    assert each.result() == [2]
    assert futures.wait([future]).done == {future}


def test_the_standard_librarys_own_wait_takes_our_futures() -> None:
    done, pending = futures.Future[int](), futures.Future[int]()
    done.set_result(1)
    assert theirs.wait([done, pending], timeout=0) == ({done}, {pending})
    waiter = Waiter(lambda: list(theirs.as_completed([pending])))
    until_blocked(waiter)
    pending.set_result(2)
    assert waiter.result() == [pending]


def test_a_pools_future_may_be_opened_while_its_call_waits_or_runs() -> None:
    gate = threading.Event()
    with futures.ThreadPoolExecutor(1) as pool:
        running: Any = pool.submit(gate.wait)
        waiting: Any = pool.submit(int, "5")
        cancelled: Any = pool.submit(int, "6")
        while not running.running():
            time.sleep(0)
        assert [future._condition is not None for future in (running, waiting, cancelled)] == [True] * 3
        assert cancelled.cancel()
        gate.set()
        assert (running.result(), waiting.result()) == (True, 5)
    assert cancelled._state == "CANCELLED_AND_NOTIFIED"


def test_an_opened_future_in_a_cycle_is_collected() -> None:
    def knot() -> weakref.ref[Any]:
        future: Any = futures.Future()
        future.add_done_callback(lambda _, mine=future: mine)
        assert future._waiters
        return weakref.ref(future)

    gone = knot()
    gc.collect()
    assert gone() is None


def test_who_waits_for_an_event_hears_of_what_is_done_to_its_fields() -> None:
    event: Any = threading.Event()
    waiter = Waiter(event.wait)
    until_blocked(waiter)
    with event._cond:
        event._flag = True
        event._cond.notify_all()
    assert waiter.result() is True
    assert event.is_set()
    event.clear()
    assert (event._flag, event.is_set(), event.wait(0)) == (False, False, False)
    assert repr(event).endswith(": unset>")
    event.set()
    assert (event._flag, event.wait()) == (True, True)


def test_a_held_condition_keeps_an_event_as_it_is() -> None:
    event: Any = threading.Event()
    with event._cond:
        setter = Waiter(event.set)
        until_blocked(setter)
        assert event._flag is False
    setter.result()
    assert event.is_set()


def test_an_event_that_was_set_is_set_when_it_is_opened() -> None:
    event: Any = threading.Event()
    event.set()
    assert event._flag is True
    assert event.wait(0)


KINDS = ["Queue", "LifoQueue", "PriorityQueue"]


class Hooked(queue.Queue):  # type: ignore[type-arg]
    """A queue with an order of its own."""

    def _init(self, maxsize: int) -> None:
        self.queue = {}

    def _put(self, item: Any) -> None:
        self.queue[item] = item

    def _get(self) -> Any:
        return self.queue.pop(min(self.queue))


@pytest.mark.parametrize("kind", KINDS)
def test_an_opened_queue_has_what_it_had(kind: str) -> None:
    ours, standard = getattr(queue, kind)(9), getattr(native_queue, kind)(9)
    for made in (ours, standard):
        for number in (3, 1, 4, 1, 5, 9, 2, 6):
            made.put(number)
        made.get()
        made.task_done()
    assert type(ours.queue) is type(standard.queue)
    assert list(ours.queue) == list(standard.queue)
    assert (ours.qsize(), ours.unfinished_tasks, ours.maxsize, ours.full()) == (7, 7, 9, False)
    for made in (ours, standard):
        made.put(0)
        with made.mutex:
            made.queue.remove(4)
        made.put(7)
        made.put(8)
    assert ours.full()
    with pytest.raises(queue.Full):
        ours.put_nowait(1)
    with pytest.raises(queue.Full):
        ours.put(1, timeout=0.01)
    assert [ours.get() for _ in range(9)] == [standard.get() for _ in range(9)]
    with pytest.raises(queue.Empty):
        ours.get(timeout=0.01)
    assert ours.empty()


@pytest.mark.parametrize("kind", KINDS)
def test_a_queue_is_cleared_under_its_mutex(kind: str) -> None:
    made: Any = getattr(queue, kind)(2)
    made.put(1)
    made.put(2)
    with made.mutex:
        putter = Waiter(lambda: made.put(3))
        until_blocked(putter)
        assert len(made.queue) == 2
        made.queue.clear()
        made.unfinished_tasks = 0
        made.not_full.notify_all()
        made.all_tasks_done.notify_all()
    putter.result()
    assert (made.get(), made.unfinished_tasks) == (3, 1)
    made.task_done()
    made.join()
    with pytest.raises(ValueError, match="called too many times"):
        made.task_done()


@pytest.mark.parametrize("kind", KINDS)
def test_who_waits_for_a_queue_that_is_opened_goes_on_waiting(kind: str) -> None:
    made: Any = getattr(queue, kind)(1)
    getter = Waiter(made.get)
    timed = Waiter(lambda: outcome(lambda: made.get(timeout=0.2)))
    until_blocked(getter)
    until_blocked(timed)
    with made.mutex:
        assert not made.queue
    assert timed.result() is queue.Empty
    made.put(5)
    assert getter.result() == 5
    joiner = Waiter(made.join)
    made.task_done()
    joiner.result()
    full: Any = getattr(queue, kind)(1)
    full.put(1)
    putter = Waiter(lambda: full.put(2))
    joiner = Waiter(full.join)
    until_blocked(putter)
    until_blocked(joiner)
    assert full.not_empty is not None
    assert full.get() == 1
    putter.result()
    assert full.get() == 2
    full.task_done()
    full.task_done()
    joiner.result()


def test_a_join_with_a_timeout_is_written_with_the_insides_of_a_queue() -> None:
    made: Any = queue.Queue()
    made.put(1)
    with made.all_tasks_done:
        assert not made.all_tasks_done.wait_for(lambda: not made.unfinished_tasks, timeout=0.01)
    waiter = Waiter(lambda: join(made))
    until_blocked(waiter)
    made.task_done()
    assert waiter.result() is True


def join(made: Any) -> bool:
    with made.all_tasks_done:
        return bool(made.all_tasks_done.wait_for(lambda: not made.unfinished_tasks, timeout=60))


def test_the_hooks_of_a_subclass_keep_their_items_when_it_is_opened() -> None:
    made: Any = Hooked()
    for item in (3, 1, 2):
        made.put(item)
    assert made.get() == 1
    assert "mutex" not in vars(made)
    with made.mutex:
        assert made.queue == {3: 3, 2: 2}
        del made.queue[2]
    made.put(0)
    assert (made.get(), made.get(), made.unfinished_tasks) == (0, 3, 4)


def test_methods_that_use_the_insides_work_in_a_subclass() -> None:
    class Peekable(queue.Queue):  # type: ignore[type-arg]
        def put_first(self, item: object) -> None:
            with self.not_full:
                self.queue.appendleft(item)
                self.unfinished_tasks += 1
                self.not_empty.notify()

        def peek(self) -> object:
            with self.mutex:
                return self.queue[0]

    made = Peekable()
    getter = Waiter(made.get)
    until_blocked(getter)
    made.put_first(1)
    assert getter.result() == 1
    made.put(2)
    made.put_first(3)
    assert (made.peek(), made.get(), made.get(), made.unfinished_tasks) == (3, 3, 2, 3)


@pytest.mark.parametrize("immediate", [False, True])
@pytest.mark.parametrize("opened_first", [False, True])
def test_an_opened_queue_is_shut_down_on_every_version(immediate: bool, opened_first: bool) -> None:
    made: Any = queue.Queue(2)
    made.put(1)
    made.put(2)
    putter = Waiter(lambda: outcome(lambda: made.put(3)))
    until_blocked(putter)
    if opened_first:
        assert not made.is_shutdown
        assert made.mutex is made.not_full._lock
    made.shutdown(immediate)
    assert putter.result() is queue.ShutDown
    with made.mutex:
        assert (len(made.queue), made.is_shutdown, made.unfinished_tasks) == ((0, True, 0) if immediate else (2, True, 2))
    assert [outcome(made.get) for _ in range(3)] == ([queue.ShutDown] * 3 if immediate else [1, 2, queue.ShutDown])
    assert outcome(lambda: made.put(4)) is queue.ShutDown


@pytest.mark.parametrize("kind", [*KINDS, "Hooked"])
def test_a_queue_may_be_opened_in_the_middle_of_its_work(kind: str) -> None:
    each, makers = 500, 4
    made: Any = Hooked(3) if kind == "Hooked" else getattr(queue, kind)(3)

    begun = native.Event()

    def produce(first: int) -> None:
        for number in range(each):
            made.put(first + number)
            if number == each // 5:
                begun.set()

    def consume() -> list[Any]:
        items = []
        for _ in range(each):
            items.append(made.get())
            made.task_done()
        return items

    producers = [Waiter(lambda first=first: produce(first)) for first in range(0, each * makers, each)]  # type: ignore[misc]
    consumers = [Waiter(consume) for _ in range(makers)]
    begun.wait()
    assert made.mutex is made.mutex
    for producer in producers:
        producer.result()
    made.join()
    items = [item for consumer in consumers for item in consumer.result()]  # type: ignore[attr-defined]
    assert sorted(items) == list(range(each * makers))
    assert (made.qsize(), made.unfinished_tasks) == (0, 0)


def test_an_opened_queue_in_a_cycle_is_collected() -> None:
    def knot() -> weakref.ref[Any]:
        made: Any = queue.Queue()
        made.put(made)
        assert len(made.queue) == 1
        return weakref.ref(made)

    gone = knot()
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("kind", ["Queue", "LifoQueue", "PriorityQueue"])
def test_an_opened_queue_takes_and_gives_batches(kind: str) -> None:
    made: Any = getattr(queue, kind)(3)
    made.put(0)
    assert made.get() == 0
    made.put(1)
    with made.mutex:
        assert len(made.queue) == 1
    for wait in ({"block": False}, {"timeout": 0.001}):
        with pytest.raises(queue.Full) as full:
            made.put_many([2, 3, 4, 5], **wait)
        assert full.value.remaining == [4, 5]  # type: ignore[attr-defined]
        assert repr(made.statistics()).endswith(f"(size=3, maxsize=3, puts={made._puts}, gets={made._puts - 3}, unfinished=4)")
        assert sorted(made.get_many(2) + made.get_many(9)) == [1, 2, 3]
        made.put(1)
        for _ in range(3):
            made.task_done()
    assert made.get_many(5) == [1]
    for get in (lambda: made.get_many(1, False), lambda: made.get_many(1, timeout=0.001)):
        with pytest.raises(queue.Empty):
            get()
    made.shutdown()
    with pytest.raises(queue.ShutDown) as shut:
        made.put_many([1])
    assert shut.value.remaining == [1]  # type: ignore[attr-defined]
    with pytest.raises(queue.ShutDown):
        made.get_many(1)


@pytest.mark.parametrize("kind", ["Queue", "LifoQueue", "PriorityQueue"])
def test_a_batch_that_waits_goes_on_in_a_queue_that_is_opened(kind: str) -> None:
    empty, full = getattr(queue, kind)(), getattr(queue, kind)(1)
    getter, putter = Waiter(lambda: empty.get_many(5)), Waiter(lambda: full.put_many([1, 2, 3]))
    for waiter in (getter, putter):
        until_blocked(waiter)
    assert (len(empty.queue), len(full.queue)) == (0, 1)
    empty.put_many([7])
    got: list[int] = []
    while len(got) < 3:
        got += full.get_many(5)
    assert (getter.result(), putter.result(), got) == ([7], None, [1, 2, 3])
