"""What holds however many threads are at it at once: bounded in work, and with true parallelism on free-threaded builds."""

from __future__ import annotations

import gc
import itertools
import sys
import sysconfig
import threading as native
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from raddle import queue, threading
from raddle.concurrent import futures

THREADS = 8
ROUNDS = 400
BOUNDED = ["Queue", "LifoQueue", "PriorityQueue"]


def together(*works: Callable[[int], Any]) -> list[Any]:
    """Run each work in a thread of its own, all begun at once; return what they return, or raise what one raises."""
    answers: list[Any] = [None] * len(works)
    raised: list[BaseException] = []
    begin = native.Barrier(len(works))

    def run(number: int, work: Callable[[int], Any]) -> None:
        try:
            begin.wait()
            answers[number] = work(number)
        except BaseException as e:
            raised.append(e)

    threads = [native.Thread(target=run, args=(number, work), daemon=True) for number, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
    return answers


@contextmanager
def switching_often() -> Iterator[None]:
    """Let the interpreter change threads as often as it can, where it has a lock to hand over."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@pytest.fixture(autouse=True)
def _switching_often() -> Iterator[None]:
    with switching_often():
        yield


def test_a_free_threaded_interpreter_stays_one() -> None:
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        assert not sys._is_gil_enabled()  # type: ignore[attr-defined]
    else:
        assert not hasattr(sys, "_is_gil_enabled") or sys._is_gil_enabled()


# Locks


@pytest.mark.parametrize("kind", ["Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore"])
def test_one_at_a_time(kind: str) -> None:
    lock = getattr(threading, kind)()
    count = 0

    def add(_: int) -> None:
        nonlocal count
        for _ in range(ROUNDS):
            with lock:
                seen = count
                count = seen + 1

    together(*[add] * THREADS)
    assert count == THREADS * ROUNDS


def test_a_lock_tried_or_waited_for_with_a_timeout_excludes_all_the_same() -> None:
    lock = threading.Lock()
    count = taken = 0

    def add(number: int) -> int:
        nonlocal count
        mine = 0
        for turn in range(ROUNDS):
            if lock.acquire(blocking=False) if (turn + number) % 2 else lock.acquire(timeout=0.001):
                seen = count
                count = seen + 1
                mine += 1
                lock.release()
        return mine

    taken = sum(together(*[add] * THREADS))
    assert count == taken
    assert not lock.locked()


def test_a_reentrant_lock_is_held_as_deep_as_it_was_taken() -> None:
    lock = threading.RLock()
    count = 0

    def add(number: int) -> None:
        nonlocal count
        for _ in range(ROUNDS // 4):
            for _ in range(number + 1):
                assert lock.acquire()
            seen = count
            count = seen + 1
            for _ in range(number + 1):
                lock.release()

    together(*[add] * THREADS)
    assert count == THREADS * (ROUNDS // 4)
    with pytest.raises(RuntimeError):
        lock.release()


@pytest.mark.parametrize("kind", ["Semaphore", "BoundedSemaphore"])
def test_a_semaphore_never_gives_more_than_it_has(kind: str) -> None:
    permits = 3
    semaphore = getattr(threading, kind)(permits)
    inside: list[int] = []

    def enter(number: int) -> None:
        for _ in range(ROUNDS):
            with semaphore:
                inside.append(number)
                assert len(inside) <= permits
                inside.remove(number)

    together(*[enter] * THREADS)
    assert inside == []
    assert [semaphore.acquire(blocking=False) for _ in range(permits + 1)] == [True] * permits + [False]


def test_a_bounded_semaphore_is_never_released_beyond_its_bound() -> None:
    semaphore = threading.BoundedSemaphore(2)
    refused = together(*[lambda _: sum(_refuses(semaphore) for _ in range(ROUNDS))] * THREADS)
    assert sum(refused) == THREADS * ROUNDS
    assert semaphore._value == 2


def _refuses(semaphore: Any) -> bool:
    try:
        semaphore.release()
    except ValueError:
        return True
    return False


# Queues


@pytest.mark.parametrize(("kind", "size"), [*itertools.product(BOUNDED, [(0,), (1,), (5,)]), ("SimpleQueue", ())])
def test_no_item_is_lost_or_doubled(kind: str, size: tuple[int, ...]) -> None:
    items = getattr(queue, kind)(*size)
    half = THREADS // 2

    def put(number: int) -> None:
        for turn in range(ROUNDS):
            items.put((number, turn))

    def get(_: int) -> list[tuple[int, int]]:
        return [items.get() for _ in range(ROUNDS)]

    answers = together(*[put] * half, *[get] * half)
    got = list(itertools.chain.from_iterable(answers[half:]))
    assert Counter(got) == Counter(itertools.product(range(half), range(ROUNDS)))
    assert items.empty()
    if kind in ("Queue", "SimpleQueue"):
        for mine in answers[half:]:
            for number in range(half):
                turns = [turn for putter, turn in mine if putter == number]
                assert turns == sorted(turns)


@pytest.mark.parametrize("kind", BOUNDED)
def test_join_waits_for_the_last_task_done(kind: str) -> None:
    items = getattr(queue, kind)()
    done: list[int] = []

    def put_and_join(number: int) -> None:
        for turn in range(50):
            items.put(number * 1000 + turn)
        items.join()
        assert set(range(number * 1000, number * 1000 + 50)) <= set(done)

    def work(_: int) -> None:
        for _ in range(50):
            done.append(items.get())
            items.task_done()

    together(*[put_and_join] * (THREADS // 2), *[work] * (THREADS // 2))
    assert len(done) == 50 * THREADS // 2
    with pytest.raises(ValueError, match="called too many times"):
        items.task_done()


def test_a_shutdown_ends_every_wait_and_loses_nothing() -> None:
    for _ in range(20):
        items: Any = queue.Queue(2)

        def put(number: int, items: Any = items) -> int:
            for turn in itertools.count():
                try:
                    items.put((number, turn))
                except queue.ShutDown:
                    return turn
            raise AssertionError

        def get(_: int, items: Any = items) -> int:
            for taken in itertools.count():
                if taken == 20:
                    items.shutdown()
                try:
                    items.get()
                except queue.ShutDown:
                    return taken
            raise AssertionError

        half = THREADS // 2
        answers = together(*[put] * half, *[get] * half)
        assert sum(answers[:half]) == sum(answers[half:])


class Stack(queue.Queue[Any]):
    """A queue whose hooks are Python code."""

    def _init(self, maxsize: int) -> None:
        self.items: list[Any] = []

    def _qsize(self) -> int:
        return len(self.items)

    def _put(self, item: Any) -> None:
        count = len(self.items)
        self.items.append(item)
        assert len(self.items) == count + 1

    def _get(self) -> Any:
        count = len(self.items)
        item = self.items.pop()
        assert len(self.items) == count - 1
        return item


def test_hooks_of_a_subclass_run_one_at_a_time() -> None:
    items = Stack(3)
    half = THREADS // 2
    answers = together(
        *[lambda number: [items.put((number, turn)) for turn in range(100)]] * half,
        *[lambda _: [items.get() for _ in range(100)]] * half,
    )
    assert Counter(itertools.chain.from_iterable(answers[half:])) == Counter(itertools.product(range(half), range(100)))


class Slow:
    """Something whose comparison takes a while, in which other threads run."""

    def __init__(self, rank: int) -> None:
        self.rank = rank

    def __lt__(self, other: Slow) -> bool:
        native.Event().wait(0)
        return self.rank < other.rank


def test_a_comparison_in_python_holds_up_whoever_comes_and_nobody_else() -> None:
    items: queue.PriorityQueue[Slow] = queue.PriorityQueue()
    half = THREADS // 2

    def look(_: int) -> None:
        for _ in range(60):
            items.qsize()
            items.empty()
            gc.collect(0)

    together(*[lambda number: [items.put(Slow(turn)) for turn in range(30)]] * half, *[look] * half)
    ranks = [items.get().rank for _ in range(30 * half)]
    assert ranks == sorted(ranks)


# Events, conditions, barriers


def test_whoever_waits_for_an_event_sees_what_was_done_before_it_was_set() -> None:
    rounds = 100
    events = [threading.Event() for _ in range(rounds)]
    written: list[int] = []

    def wait(_: int) -> None:
        for turn, event in enumerate(events):
            assert event.wait()
            assert written[turn] == turn

    def set_all(_: int) -> None:
        for turn, event in enumerate(events):
            written.append(turn)
            event.set()

    together(*[wait] * (THREADS - 1), set_all)


def test_a_condition_hands_over_each_item_once() -> None:
    condition = threading.Condition()
    items: list[int] = []
    half = THREADS // 2

    def put(number: int) -> None:
        for turn in range(ROUNDS // 4):
            with condition:
                items.append(number * 1000 + turn)
                condition.notify()

    def get(_: int) -> list[int]:
        mine = []
        for _ in range(ROUNDS // 4):
            with condition:
                condition.wait_for(lambda: items)
                mine.append(items.pop())
        return mine

    answers = together(*[put] * half, *[get] * half)
    assert sorted(itertools.chain.from_iterable(answers[half:])) == sorted(
        number * 1000 + turn for number in range(half) for turn in range(ROUNDS // 4)
    )


def test_a_barrier_lets_nobody_run_ahead() -> None:
    rounds = 60
    acts: list[int] = []
    barrier = threading.Barrier(THREADS, action=lambda: acts.append(len(acts)))
    at = [0] * THREADS

    def meet(number: int) -> list[int]:
        indices = []
        for turn in range(rounds):
            at[number] = turn
            indices.append(barrier.wait())
            assert len(acts) == turn + 1
            assert all(turn <= other <= turn + 1 for other in at)
        return indices

    answers = together(*[meet] * THREADS)
    assert acts == list(range(rounds))
    for turn in range(rounds):
        assert sorted(answer[turn] for answer in answers) == list(range(THREADS))


# Futures and pools


def test_a_future_is_settled_once_and_tells_each_callback_once() -> None:
    for _ in range(60):
        future: futures.Future[int] = futures.Future()
        told: list[int] = []

        def settle(number: int, future: Any = future) -> bool:
            try:
                future.set_result(number)
            except futures.InvalidStateError:
                return False
            return True

        def add(number: int, future: Any = future, told: list[int] = told) -> None:
            future.add_done_callback(lambda _: told.append(number))

        half = THREADS // 2
        answers = together(*[settle] * half, *[add] * half)
        assert answers[:half].count(True) == 1
        assert future.result() == answers.index(True)
        assert sorted(told) == list(range(half, THREADS))


def test_a_future_is_either_run_or_cancelled() -> None:
    for _ in range(60):
        future: futures.Future[None] = futures.Future()
        ran, *cancelled = together(
            lambda _, future=future: future.set_running_or_notify_cancel(),
            *[lambda _, future=future: future.cancel()] * (THREADS - 1),
        )
        assert cancelled == [not ran] * (THREADS - 1)
        assert future.cancelled() is not ran


def test_a_pool_runs_each_call_once_whoever_submits_it() -> None:
    ran: list[tuple[int, int]] = []

    def call(number: int, turn: int) -> tuple[int, int]:
        ran.append((number, turn))
        return number, turn

    with futures.ThreadPoolExecutor(4) as pool:

        def submit(number: int) -> None:
            made = [pool.submit(call, number, turn) for turn in range(100)]
            assert [future.result() for future in made] == [(number, turn) for turn in range(100)]

        together(*[submit] * THREADS)
    assert Counter(ran) == Counter(itertools.product(range(THREADS), range(100)))


def test_a_pool_that_has_been_waited_for_has_run_what_it_accepted() -> None:
    for _ in range(40):
        pool = futures.ThreadPoolExecutor(THREADS)
        ran: list[int] = []

        def submit(number: int, pool: Any = pool, ran: list[int] = ran) -> bool:
            try:
                pool.submit(ran.append, number)
            except RuntimeError:
                return False
            return True

        def end(_: int, pool: Any = pool, ran: list[int] = ran) -> list[int]:
            pool.shutdown(wait=True)
            return list(ran)

        *accepted, ended = together(*[submit] * (THREADS - 1), end)
        assert sorted(ended) == [number for number, taken in enumerate(accepted) if taken]


@pytest.mark.parametrize("kind", ["wait", "as_completed"])
def test_several_threads_wait_for_the_same_futures(kind: str) -> None:
    for _ in range(20):
        made: list[futures.Future[int]] = [futures.Future() for _ in range(20)]

        def look(_: int, made: Any = made) -> set[int]:
            if kind == "wait":
                return {future.result() for future in futures.wait(made).done}
            return {future.result() for future in futures.as_completed(made)}

        def settle(number: int, made: Any = made) -> None:
            for turn in range(number % 2, 20, 2):
                made[turn].set_result(turn)

        answers = together(settle, settle, *[look] * (THREADS - 2))
        assert answers[2:] == [set(range(20))] * (THREADS - 2)


# Garbage


def test_a_collection_amid_all_of_it_takes_only_garbage() -> None:
    shared = [queue.Queue(), queue.SimpleQueue(), queue.PriorityQueue(), Stack()]

    def churn(number: int) -> None:
        for turn in range(40):
            for each in shared:
                each.put((turn, number, [turn]))
            gone = queue.Queue()
            gone.put(gone)
            future: futures.Future[Any] = futures.Future()
            future.add_done_callback(lambda _, future=future: None)
            future.set_result([future])
            for each in shared:
                first, _, (second,) = each.get()
                assert first == second

    def collect(_: int) -> None:
        for _ in range(15):
            gc.collect()

    together(*[churn] * (THREADS - 1), collect)
    assert [each.qsize() for each in shared] == [0] * len(shared)


def test_objects_that_are_initialised_by_two_threads_at_once_are_whole() -> None:
    for _ in range(100):
        made = queue.Queue.__new__(queue.Queue)
        together(*[lambda _, made=made: made.__init__(3)] * 2)
        made.put(1)
        assert (made.get(), made.maxsize) == (1, 3)
