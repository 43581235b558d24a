"""Conditions, semaphores, events and barriers behave as the standard library's."""

from __future__ import annotations

import threading as theirs
from collections.abc import Callable
from typing import Any

import pytest

from raddle import threading


class ForeignLock:
    """A lock that only Python knows."""

    def __init__(self) -> None:
        self.lock = theirs.Lock()
        self.fails = False

    def acquire(self, *args: Any) -> bool:
        return self.lock.acquire(*args)

    def release(self) -> None:
        if self.fails:
            raise OSError("stuck")
        self.lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exc_info: object) -> None:
        self.release()


class OwnedLock(ForeignLock):
    """A lock with the insides that conditions prefer."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def _is_owned(self) -> bool:
        self.calls.append("is_owned")
        return self.lock.locked()

    def _release_save(self) -> str:
        self.calls.append("release_save")
        self.lock.release()
        return "state"

    def _acquire_restore(self, state: str) -> None:
        self.calls.append(f"acquire_restore {state}")
        self.lock.acquire()


LOCKS: list[Callable[[], Any]] = [
    lambda: None,
    threading.Lock,
    threading.RLock,
    theirs.Lock,
    theirs.RLock,
    ForeignLock,
    OwnedLock,
]


def run(*bodies: Callable[[], object]) -> None:
    threads = [theirs.Thread(target=body) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_condition_works_over_any_lock(lock: Callable[[], Any]) -> None:
    condition = threading.Condition(lock())
    items: list[int] = []
    seen: list[bool] = []

    def consume() -> None:
        with condition:
            seen.append(condition.wait_for(lambda: items, timeout=10) is items)
            items.pop()

    def produce() -> None:
        with condition:
            items.append(1)
            condition.notify()

    run(consume, consume, produce, produce)
    assert seen == [True, True]
    assert condition.acquire(False)
    condition.release()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_wait_that_ends_by_itself_holds_the_lock(lock: Callable[[], Any]) -> None:
    condition = threading.Condition(lock())
    with condition:
        assert condition.wait(0.001) is False
        assert condition.wait(0) is False
        assert condition.wait(-1) is False
        assert condition._is_owned()
        assert repr(condition).endswith(", 0)>")


def test_a_condition_uses_the_insides_of_its_lock() -> None:
    lock = OwnedLock()
    condition = threading.Condition(lock)
    with condition:
        lock.calls.clear()
        condition.wait(0)
    assert lock.calls == ["is_owned", "release_save", "acquire_restore state"]


def test_a_lock_that_cannot_be_released_ends_the_wait() -> None:
    lock = ForeignLock()
    condition = threading.Condition(lock)
    lock.acquire()
    lock.fails = True
    with pytest.raises(OSError, match="stuck"):
        condition.wait(10)
    lock.fails = False
    condition.notify()
    condition.release()


@pytest.mark.parametrize("module", [theirs, threading], ids=["theirs", "ours"])
def test_what_a_lock_raises_that_is_to_be_taken_again_ends_the_wait(module: Any) -> None:
    class Interrupted(Exception):
        """What the handler of a signal might raise."""

    class Fragile:
        def __init__(self) -> None:
            self.lock, self.taken = theirs.Lock(), 0

        def acquire(self, blocking: bool = True) -> bool:
            self.taken += 1
            if blocking and self.taken > 1:
                raise Interrupted
            return self.lock.acquire(blocking)

        def release(self) -> None:
            self.lock.release()

    lock = Fragile()
    condition = module.Condition(lock)
    lock.acquire()
    with pytest.raises(Interrupted):
        condition.wait(0)
    assert not lock.lock.locked()


def test_a_reentrant_lock_is_given_back_completely() -> None:
    condition = threading.Condition()
    woken: list[bool] = []

    def wait() -> None:
        with condition, condition:
            woken.append(condition.wait(10))
            assert condition._lock._recursion_count() == 2

    def wake() -> None:
        with condition:
            condition.notify_all()

    waiter = theirs.Thread(target=wait)
    waiter.start()
    while not repr(condition).endswith(", 1)>"):
        pass
    wake()
    waiter.join()
    assert woken == [True]


def test_without_the_lock_nothing_works() -> None:
    condition = threading.Condition()
    with pytest.raises(RuntimeError, match="cannot wait on un-acquired lock"):
        condition.wait()
    with pytest.raises(RuntimeError, match="cannot notify on un-acquired lock"):
        condition.notify()
    with pytest.raises(RuntimeError, match="cannot notify on un-acquired lock"):
        condition.notify_all()


def test_old_spellings_warn() -> None:
    condition, event = threading.Condition(), threading.Event()
    with condition, pytest.warns(DeprecationWarning, match=r"notifyAll\(\) is deprecated, use notify_all\(\) instead"):
        condition.notifyAll()
    with pytest.warns(DeprecationWarning, match=r"isSet\(\) is deprecated, use is_set\(\) instead"):
        assert event.isSet() is False


def test_subclasses_may_have_arguments_of_their_own() -> None:
    class Named(threading.Condition):
        def __init__(self, name: str) -> None:
            super().__init__(threading.Lock())
            self.name = name

    class Limit(threading.BoundedSemaphore):
        def __init__(self, low: int, high: int) -> None:
            super().__init__(high - low)

    with Named("mine") as taken:
        assert taken is True
    assert Limit(1, 3)._value == 2


@pytest.mark.parametrize("kind", ["Semaphore", "BoundedSemaphore"])
def test_a_semaphore_counts(kind: str) -> None:
    ours, standard = getattr(threading, kind)(2), getattr(theirs, kind)(2)
    assert repr(ours).partition(" at ")[0].replace("raddle.", "") == repr(standard).partition(" at ")[0]
    assert repr(ours).partition(": ")[2] == repr(standard).partition(": ")[2]
    assert ours.acquire()
    assert ours.acquire(blocking=False)
    assert not ours.acquire(timeout=0.001)
    assert not ours.acquire(False)
    assert ours._value == 0
    ours.release(2)
    with ours as taken:
        assert taken is True
    assert isinstance(ours, threading.Semaphore)


def test_a_semaphore_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="semaphore initial value must be >= 0"):
        threading.Semaphore(-1)
    with pytest.raises(ValueError, match="can't specify timeout for non-blocking acquire"):
        threading.Semaphore().acquire(False, 1)
    with pytest.raises(ValueError, match="n must be one or more"):
        threading.Semaphore().release(0)
    with pytest.raises(ValueError, match="Semaphore released too many times"):
        threading.BoundedSemaphore().release()


def test_a_semaphore_may_start_with_more_than_it_can_count() -> None:
    semaphore = threading.BoundedSemaphore(2**40)
    assert semaphore.acquire()
    assert semaphore._value == 2**40 - 1
    semaphore.release()
    with pytest.raises(ValueError, match="Semaphore released too many times"):
        semaphore.release()


def test_an_event_wakes_everybody() -> None:
    event = threading.Event()
    seen: list[bool] = []
    waiters = [theirs.Thread(target=lambda: seen.append(event.wait(10))) for _ in range(4)]
    for waiter in waiters:
        waiter.start()
    event.set()
    for waiter in waiters:
        waiter.join()
    assert seen == [True] * 4
    event.clear()
    assert event.wait(0) is False
    assert "unset" in repr(event)


def test_a_barrier_lets_all_pass_at_once() -> None:
    ran: list[str] = []
    barrier = threading.Barrier(3, action=lambda: ran.append("action"))
    indices: list[int] = []
    run(*[lambda: indices.append(barrier.wait())] * 3)
    assert sorted(indices) == [0, 1, 2]
    assert ran == ["action"]
    assert (barrier.parties, barrier.n_waiting, barrier.broken) == (3, 0, False)


def test_a_broken_barrier_says_so() -> None:
    barrier = threading.Barrier(2, timeout=0.001)
    with pytest.raises(theirs.BrokenBarrierError):
        barrier.wait()
    assert barrier.broken
    assert repr(barrier).endswith(": broken>")
    barrier.reset()
    assert repr(barrier).endswith(": waiters=0/2>")
    barrier.abort()
    with pytest.raises(theirs.BrokenBarrierError):
        barrier.wait(1)


def test_an_action_that_raises_breaks_the_barrier() -> None:
    def action() -> None:
        raise KeyError("action")

    barrier = threading.Barrier(1, action)
    with pytest.raises(KeyError):
        barrier.wait()
    assert barrier.broken
    with pytest.raises(ValueError, match="parties must be > 0"):
        threading.Barrier(0)


def test_a_timer_can_be_cancelled() -> None:
    ran: list[int] = []
    timer = threading.Timer(3600, ran.append, [1])
    assert isinstance(timer.finished, threading.Event)
    timer.start()
    timer.cancel()
    timer.join()
    quick = threading.Timer(0, ran.append, [2])
    quick.start()
    quick.join()
    assert ran == [2]
