"""Programs that reach into the standard library's objects reach into ours: there is such a field, and it means the same."""

from __future__ import annotations

import concurrent.futures._base as theirs
import concurrent.futures.thread as their_pools
import gc
import queue as native_queue
import subprocess
import sys
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


def test_a_conditions_waiters_can_be_counted() -> None:
    condition: Any = threading.Condition()
    assert (len(condition._waiters), bool(condition._waiters), list(condition._waiters)) == (0, False, [])

    def wait() -> bool:
        with condition:
            return bool(condition.wait(60))

    waiting = condition._waiters
    waiters = [Waiter(wait) for _ in range(2)]
    while len(waiting) < 2:
        time.sleep(0)
    assert condition._waiters
    assert len({id(lock) for lock in condition._waiters}) == 2
    with condition:
        condition.notify_all()
    assert [waiter.result() for waiter in waiters] == [True, True]
    assert not waiting


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


class Daemons(futures.ThreadPoolExecutor):
    """A pool whose threads are daemons, in the way in which many programs have them."""

    def _adjust_thread_count(self) -> None:
        if self._idle_semaphore.acquire(timeout=0):
            return
        number = len(self._threads)
        if number < self._max_workers:
            name = f"{self._thread_name_prefix or self}_{number}"
            pool = weakref.ref(self, lambda _, calls=self._work_queue: calls.put(None))  # type: ignore[misc]
            worker = (pool, self._work_queue, self._initializer, self._initargs)
            thread = native.Thread(name=name, target=their_pools._worker, args=worker, daemon=True)
            thread.start()
            self._threads.add(thread)


class Bounded(futures.ThreadPoolExecutor):
    """A pool whose queue is full at some time, in the way in which many programs have it."""

    def __init__(self, max_workers: int) -> None:
        super().__init__(max_workers)
        self._work_queue = native_queue.Queue(max_workers)


class Own(futures.ThreadPoolExecutor):
    """A pool that makes its calls itself."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        with self._shutdown_lock:
            future: Any = futures.Future()
            self._work_queue.put(their_pools._WorkItem(future, fn, args, kwargs))
            self._adjust_thread_count()
        return future


same_before_3_14 = pytest.mark.skipif(
    sys.version_info >= (3, 14), reason="the standard library's workers are made in another way"
)


@same_before_3_14
def test_a_pool_that_starts_its_own_threads_has_them() -> None:
    with Daemons(2, "mine", initializer=lambda: None) as pool:
        assert pool.submit(lambda: (native.current_thread().name, native.current_thread().daemon)).result() == ("mine_0", True)
        assert list(pool.map(abs, range(-9, 0))) == list(range(9, 0, -1))
        threads = set(pool._threads)
        assert 1 <= len(threads) <= 2
    assert not any(thread.is_alive() for thread in threads)
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(int)


def test_a_pool_whose_queue_is_replaced_uses_the_other() -> None:
    with Bounded(2) as pool:
        assert [future.result() for future in [pool.submit(int, number) for number in range(50)]] == list(range(50))
        assert isinstance(pool._work_queue, native_queue.Queue)


@same_before_3_14
def test_a_pool_may_put_its_calls_into_the_queue_itself() -> None:
    with Own(1) as pool:
        assert list(pool.map(pow, [2, 3], [5, 2])) == [32, 9]


def test_a_pool_is_only_looked_at_without_being_opened() -> None:
    with futures.ThreadPoolExecutor(2, "p") as pool:
        pool.submit(int).result()
        assert (pool._max_workers, len(pool._threads), pool._shutdown, pool._broken) == (2, 1, False, False)
        assert (pool._work_queue.qsize(), pool._work_queue.empty(), pool._thread_name_prefix) == (0, True, "p")
        assert not vars(pool)


def test_a_pool_that_is_opened_at_work_goes_on() -> None:
    gate, begun = threading.Event(), threading.Semaphore(0)
    pool = futures.ThreadPoolExecutor(2)

    def work() -> bool:
        begun.release()
        return gate.wait()

    first = [pool.submit(work) for _ in range(2)]
    rest = [pool.submit(int, number) for number in range(9)]
    for _ in first:
        begun.acquire()
    assert rest[8].cancel()
    assert pool._idle_semaphore is pool._idle_semaphore
    assert (pool._work_queue.qsize(), pool._shutdown_lock.locked(), pool._initializer, pool._initargs) == (9, False, None, ())
    pool._max_workers = 3
    asked = pool.submit(futures.cancel_requested)
    assert [future.result() for future in rest[:8]] == list(range(8))
    assert asked.result() is False
    statistics = pool.statistics()
    assert (statistics.max_workers, statistics.workers, statistics.submitted, statistics.backlog) == (3, 3, 12, None)
    gate.set()
    assert all(future.result() for future in first)
    pool.shutdown()
    assert pool._shutdown
    assert not any(thread.is_alive() for thread in pool._threads)


def test_a_call_of_an_opened_pool_can_be_asked_to_stop() -> None:
    def work() -> bool:
        begun.set()
        while not futures.cancel_requested():
            time.sleep(0)
        return True

    begun = threading.Event()
    with futures.ThreadPoolExecutor(1) as pool:
        assert pool._shutdown_lock is not None
        future = pool.submit(work)
        begun.wait()
        assert future.request_cancel()
        assert future.result()


@pytest.mark.parametrize("cancel", [False, True])
def test_a_pool_that_was_shut_down_may_be_opened(cancel: bool) -> None:
    gate, begun = threading.Event(), threading.Event()
    pool = futures.ThreadPoolExecutor(1)
    pool.submit(lambda: (begun.set(), gate.wait()))
    begun.wait()
    waiting = pool.submit(int, 5)
    pool.shutdown(wait=False, cancel_futures=cancel)
    assert pool._idle_semaphore is not None
    assert outcome(lambda: pool.submit(int)) is RuntimeError
    gate.set()
    pool.shutdown()
    assert outcome(waiting.result) == (futures.CancelledError if cancel else 5)


def test_an_opened_pool_cancels_what_waits_when_it_is_told_to() -> None:
    gate, begun = threading.Event(), threading.Event()
    pool = futures.ThreadPoolExecutor(1)
    pool.submit(lambda: (begun.set(), gate.wait()))
    begun.wait()
    waiting = pool.submit(int)
    with pool._shutdown_lock:
        assert not pool._shutdown
    pool.shutdown(wait=False, cancel_futures=True)
    gate.set()
    pool.shutdown()
    assert waiting.cancelled()


def test_no_call_is_lost_when_a_pool_is_opened_in_the_middle_of_its_work() -> None:
    each = 200
    for _ in range(20):
        pool = futures.ThreadPoolExecutor(3)
        begun = native.Event()

        def submit(pool: Any = pool, begun: native.Event = begun) -> list[Any]:
            made = []
            for number in range(each):
                made.append(pool.submit(int, number))
                if number == each // 4:
                    begun.set()
            return made

        makers = [Waiter(submit) for _ in range(3)]
        begun.wait()
        assert pool._idle_semaphore is not None
        for maker in makers:
            assert [future.result(60) for future in maker.result()] == list(range(each))  # type: ignore[attr-defined]
        pool.shutdown()
        assert pool.statistics().submitted == 3 * each


def test_an_opened_pool_breaks_with_its_initializer(caplog: pytest.LogCaptureFixture) -> None:
    for opened_first in (False, True):
        gate = threading.Event()
        pool = futures.ThreadPoolExecutor(1, initializer=lambda gate=gate: [gate.wait(), 1 / 0])
        assert not opened_first or pool._idle_semaphore
        future = pool.submit(int)
        assert opened_first or pool._idle_semaphore
        gate.set()
        assert outcome(future.result) is their_pools.BrokenThreadPool
        assert outcome(lambda pool=pool: pool.submit(int)) is their_pools.BrokenThreadPool  # type: ignore[misc]
    assert "Exception in initializer" in caplog.text


def test_the_threads_of_an_opened_pool_end_with_it() -> None:
    pool = futures.ThreadPoolExecutor(1)
    pool.submit(int).result()
    assert pool._shutdown_lock is not None
    pool.submit(int).result()
    (thread,) = pool._threads
    gone = weakref.ref(pool)
    del pool
    gc.collect()
    assert gone() is None
    thread.join(60)
    assert not thread.is_alive()


def test_the_interpreter_waits_for_the_calls_of_an_opened_pool_when_it_exits() -> None:
    program = """
from raddle import threading
from raddle.concurrent import futures
pool = futures.ThreadPoolExecutor(1)
begun = threading.Event()
pool.submit(begun.set)
begun.wait()
pool._idle_semaphore
for number in range(3):
    pool.submit(print, number)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == ("0\n1\n2\n", "")


def test_a_pool_that_is_not_initialised_has_what_it_sets_itself() -> None:
    class Bare(futures.ThreadPoolExecutor):
        def __init__(self) -> None:
            pass

    pool = Bare()
    with pytest.raises(AttributeError, match="'Bare' object has no attribute '_shutdown_lock'"):
        pool.submit(int)
    pool._max_workers = 7
    assert (pool._max_workers, hasattr(pool, "_threads")) == (7, False)


def test_a_pool_with_a_backlog_is_not_opened() -> None:
    with futures.ThreadPoolExecutor(1, backlog=1) as pool:
        with pytest.raises(AttributeError, match="a pool with a backlog"):
            _ = pool._shutdown_lock
        assert pool.submit(int).result() == 0
    with pytest.raises(AttributeError, match="a pool with a backlog"):
        Daemons(1, backlog=1)


SEMAPHORES = ["Semaphore", "BoundedSemaphore"]


@pytest.mark.parametrize("kind", SEMAPHORES)
def test_who_waits_for_a_semaphore_hears_of_what_is_done_to_its_fields(kind: str) -> None:
    semaphore: Any = getattr(threading, kind)(3)
    assert all(semaphore.acquire(False) for _ in range(3))
    waiters = [Waiter(semaphore.acquire) for _ in range(3)]
    for waiter in waiters:
        until_blocked(waiter)
    timed = Waiter(lambda: semaphore.acquire(timeout=0.2))
    until_blocked(timed)
    with semaphore._cond:
        assert semaphore._value == 0
    assert timed.result() is False
    with semaphore._cond:
        semaphore._value += 2
        semaphore._cond.notify(2)
    semaphore.release()
    assert [waiter.result() for waiter in waiters] == [True] * 3
    assert (semaphore._value, semaphore.acquire(False), semaphore.acquire(timeout=0.001)) == (0, False, False)


@pytest.mark.parametrize("kind", SEMAPHORES)
def test_an_opened_semaphore_counts_as_before(kind: str) -> None:
    def used(module: Any) -> list[object]:
        semaphore = getattr(module, kind)(2)
        semaphore.acquire()
        semaphore._value += 0
        seen = [vars(semaphore).keys() >= {"_cond", "_value"}, semaphore._value, repr(semaphore).partition(": ")[2]]
        with semaphore as taken:
            seen += [taken, semaphore.acquire(blocking=False)]
        seen += [outcome(lambda number=number: semaphore.release(number)) for number in (1, 0, 2)]  # type: ignore[misc]
        return [*seen, semaphore._value, getattr(semaphore, "_initial_value", None)]

    assert used(threading) == used(native)


def test_a_semaphore_is_made_larger_by_its_value() -> None:
    semaphore: Any = threading.Semaphore(1)
    assert (semaphore._value, "_cond" in vars(semaphore)) == (1, False)
    semaphore._value = 3
    assert [semaphore.acquire(False) for _ in range(4)] == [True, True, True, False]


def test_a_semaphore_that_is_not_initialised_has_what_it_sets_itself() -> None:
    class Bare(threading.Semaphore):
        def __init__(self) -> None:
            pass

    class Own(threading.Semaphore):
        def __init__(self) -> None:
            self._cond = threading.Condition(threading.Lock())
            self._value = 1

    with pytest.raises(AttributeError, match="'Bare' object has no attribute '_cond'"):
        Bare().acquire()
    own = Own()
    assert (own.acquire(False), own.acquire(False), own.release(), own.acquire(False)) == (True, False, None, True)


@pytest.mark.parametrize("kind", SEMAPHORES)
def test_no_permit_is_lost_when_a_semaphore_is_opened_in_the_middle_of_its_work(kind: str) -> None:
    for _ in range(20):
        semaphore: Any = getattr(threading, kind)(2)
        begun = native.Event()

        def work(semaphore: Any = semaphore, begun: native.Event = begun) -> int:
            for number in range(300):
                with semaphore:
                    if number == 50:
                        begun.set()
            return number

        workers = [Waiter(work) for _ in range(4)]
        begun.wait()
        assert semaphore._cond is not None
        assert [worker.result() for worker in workers] == [299] * 4
        assert semaphore._value == 2


def test_the_fields_of_a_barrier_are_not_set_in_vain() -> None:
    barrier = threading.Barrier(2)
    with pytest.raises(AttributeError, match="a barrier of Raddle's has none"):
        barrier._parties = 3
    assert (barrier.parties, hasattr(barrier, "_cond")) == (2, False)
