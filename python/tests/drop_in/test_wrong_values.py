"""Values that nobody should pass, beside the standard library's types: each row is tried on theirs and on ours."""

from __future__ import annotations

import concurrent.futures as their_futures
import logging
import math
import queue as their_queue
import re
import threading as their_threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import pytest

from raddle import queue, threading
from raddle.concurrent import futures

# Looked up at once: other tests put ours in the standard library's place for a while.
NAMES = {
    "Lock RLock Condition Semaphore BoundedSemaphore Event Barrier": (their_threading, threading),
    "Queue LifoQueue PriorityQueue SimpleQueue": (their_queue, queue),
    "Future ThreadPoolExecutor": (their_futures, futures),
}
CLASSES = {
    name: (getattr(theirs, name), getattr(ours, name)) for names, (theirs, ours) in NAMES.items() for name in names.split()
}

VALUES = {
    repr(value): value
    for value in (
        *(None, "1", b"", [], 1j, 1.5, -1, -2, -0.5, 0, True, False, 2**31, 2**63, 10**30, -(10**30)),
        *(math.nan, math.inf, -math.inf, 1e10, 1e300),
    )
}
"""What is tried as a timeout or as a count."""


class Uncomparable:
    """An item that no queue can put in order."""

    def __lt__(self, other: object) -> bool:
        raise ZeroDivisionError("cannot compare")


def tried(action: Callable[[], object]) -> object:
    """What comes of it: what it returns, or the class and the words of what it raises."""
    try:
        outcome = action()
    except BaseException as e:
        # Why a number does not fit depends on how often it was converted, and who counts arguments on what counts as one.
        words = re.sub(r"timestamp .*|(?<=: )\w+\.", "", str(e))
        # So do the two sides of a comparison, and the words about parties differ from version to version.
        words = re.sub(r"'..?' not supported between .*|(?<=parties must be ).*", "", words)
        return type(e), re.sub(r"^argument '\w+': |(takes|missing|expected) .*| at 0x\w+", "", words)
    return outcome


Row = tuple[str, Callable[[Any], Any], Callable[[Any, Any], object]]
READY: dict[str, Row] = {
    "an event that is set": ("Event", lambda cls: cls(), lambda it, value: [it.set(), it.wait(value)]),
    "a semaphore that is free": ("Semaphore", lambda cls: cls(1), lambda it, value: it.acquire(timeout=value)),
    "a barrier that others have filled": ("Barrier", lambda cls: cls(1), lambda it, value: it.wait(value)),
    "a barrier that is broken": ("Barrier", lambda cls: cls(2), lambda it, value: [it.abort(), it.wait(value)]),
    "a queue that has an item": ("Queue", lambda cls: cls(), lambda it, value: [it.put(1), it.get(timeout=value)]),
    "a queue that has room": ("Queue", lambda cls: cls(2), lambda it, value: it.put(1, timeout=value)),
    "a queue without bound": ("Queue", lambda cls: cls(), lambda it, value: it.put(1, "yes", value)),
    "a stack that has an item": ("LifoQueue", lambda cls: cls(), lambda it, value: [it.put(1), it.get(timeout=value)]),
    "a simple queue that has an item": (
        "SimpleQueue",
        lambda cls: cls(),
        lambda it, value: [it.put(1), it.get(timeout=value)],
    ),
    "a queue that is not waited for": ("Queue", lambda cls: cls(), lambda it, value: it.get(False, value)),
    "a future that is done": ("Future", lambda cls: cls(), lambda it, value: [it.set_result(1), it.result(value)]),
    "an exception that is there": ("Future", lambda cls: cls(), lambda it, value: [it.set_result(1), it.exception(value)]),
    "a lock that is free": ("Lock", lambda cls: cls(), lambda it, value: it.acquire(timeout=value)),
    "a lock that is not waited for": ("Lock", lambda cls: cls(), lambda it, value: it.acquire(False, value)),
    "a lock of one's own": ("RLock", lambda cls: cls(), lambda it, value: [it.acquire(), it.acquire(True, value)]),
    "a condition that is true": ("Condition", lambda cls: cls(), lambda it, value: it.wait_for(lambda: 5, value)),
}
"""Waits that are over before they begin: it hardly matters for how long they might have been."""

BUSY: dict[str, Row] = {
    "an event": ("Event", lambda cls: cls(), lambda it, value: it.wait(value)),
    "a semaphore": ("Semaphore", lambda cls: cls(0), lambda it, value: it.acquire(timeout=value)),
    "a barrier": ("Barrier", lambda cls: cls(2), lambda it, value: it.wait(value)),
    "a queue that is empty": ("Queue", lambda cls: cls(), lambda it, value: it.get(timeout=value)),
    "a queue that is full": ("Queue", lambda cls: cls(1), lambda it, value: [it.put(1), it.put(2, timeout=value)]),
    "a simple queue": ("SimpleQueue", lambda cls: cls(), lambda it, value: it.get(timeout=value)),
    "a future": ("Future", lambda cls: cls(), lambda it, value: it.result(value)),
    "a lock": ("Lock", lambda cls: cls(), lambda it, value: [it.acquire(), it.acquire(True, value)]),
    "a condition": ("Condition", lambda cls: cls(), lambda it, value: [it.acquire(), it.wait(value)]),
    "a predicate": ("Condition", lambda cls: cls(), lambda it, value: [it.acquire(), it.wait_for(lambda: 0, value)]),
}
"""Waits that are in vain."""

FOR_EVER = {"None", "True", "1.5", str(2**31)}
"""Timeouts that are as good as any: the wait would be for so long."""
SPINNING = {"a semaphore", "a barrier", "a queue that is empty", "a queue that is full", "a predicate"}
"""Where the standard library's own loop never ends if the timeout is not a number."""


def waits_in_vain() -> Iterator[tuple[str, str]]:
    """Each wait with each timeout that does not let it wait."""
    for wait in BUSY:
        for value in sorted(VALUES.keys() - FOR_EVER):
            if (value == "nan" and wait in SPINNING) or (value == "-1" and wait == "a lock"):
                continue
            yield wait, value


def same(name: str, make: Callable[[Any], Any], use: Callable[[Any, Any], object], value: object) -> None:
    theirs, ours = CLASSES[name]
    assert tried(lambda: use(make(ours), value)) == tried(lambda: use(make(theirs), value))


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("wait", READY)
def test_whoever_need_not_wait_hears_of_a_timeout_only_where_it_is_read_at_once(wait: str, value: str) -> None:
    same(*READY[wait], VALUES[value])


@pytest.mark.parametrize(("wait", "value"), [*waits_in_vain()])
def test_a_wait_in_vain_ends_as_the_standard_librarys(wait: str, value: str) -> None:
    same(*BUSY[wait], VALUES[value])


@pytest.mark.parametrize("wait", sorted(SPINNING))
def test_what_is_not_a_number_lets_nobody_wait(wait: str) -> None:
    name, make, use = BUSY[wait]
    _, ours = CLASSES[name]
    assert tried(lambda: use(make(ours), math.nan)) in (
        False,
        [True, 0],
        (their_threading.BrokenBarrierError, ""),
        (queue.Empty, ""),
        (queue.Full, ""),
    )


def test_a_fraction_of_a_second_may_be_written_as_one() -> None:
    ours = queue.Queue[int]()
    with pytest.raises(queue.Empty):
        ours.get(timeout=Fraction(1, 1000))  # type: ignore[arg-type]


COUNTS: dict[str, Row] = {
    "workers": (
        "ThreadPoolExecutor",
        lambda cls: cls,
        lambda cls, value: [pool := cls(value), pool.submit(int).result(), pool.shutdown()][1:],
    ),
    "parties": ("Barrier", lambda cls: cls, lambda cls, value: cls(value).n_waiting),
    "permits": ("Semaphore", lambda cls: cls, lambda cls, value: [cls(value)][1:]),
    "bounded permits": ("BoundedSemaphore", lambda cls: cls, lambda cls, value: [cls(value)][1:]),
    "released permits": (
        "Semaphore",
        lambda cls: cls(0),
        lambda it, value: value == 1.5 or [it.release(value), it.acquire(False)],
    ),
    "places": ("Queue", lambda cls: cls, lambda cls, value: [it := cls(value), it.put_nowait(1), it.full()][1:]),
    "places of a stack": ("LifoQueue", lambda cls: cls, lambda cls, value: [cls(value).put(1)]),
    "places set": ("Queue", lambda cls: cls(), lambda it, value: [setattr(it, "maxsize", value), it.put(1), it.full()]),
}
"""What is counted, and how a count is used."""
COUNTLESS = {("released permits", str(count)) for count in (2**31, 2**63, 10**30, 1e10, 1e300, math.inf)}
"""More than our semaphores can have: they say so."""
ENOUGH = {"True", "1.5", str(2**31), str(2**63), str(10**30), "10000000000.0", "1e+300", "inf"}
"""As many as a barrier needs."""


@pytest.mark.parametrize("value", sorted(VALUES.keys() - {"nan"}))
@pytest.mark.parametrize("count", COUNTS)
def test_a_count_is_whatever_the_standard_library_takes_for_one(count: str, value: str) -> None:
    if count == "parties" and not isinstance(tried(lambda: CLASSES["Barrier"][0](0)), tuple):
        # It is not looked at in every version.
        assert isinstance(tried(lambda: COUNTS[count][2](CLASSES["Barrier"][1], VALUES[value])), tuple) == (value not in ENOUGH)
        return
    if (count, value) in COUNTLESS:
        assert tried(lambda: threading.Semaphore(0).release(VALUES[value])) == (
            ValueError,
            "Semaphore released too many times",
        )
        return
    same(*COUNTS[count], VALUES[value])


def test_a_count_that_is_not_a_number_is_refused() -> None:
    for name in ("ThreadPoolExecutor", "Barrier", "Semaphore", "Queue"):
        with pytest.raises(TypeError, match="'float' object cannot be interpreted as an integer"):
            CLASSES[name][1](math.nan)


@pytest.mark.parametrize("which", [0, 1], ids=["theirs", "ours"])
@pytest.mark.parametrize(
    ("value", "count"), [(1.5, 2), (2, 2), (True, 1), (math.inf, 3), (10**30, 3), (0, 0), (-1, 0), (-0.5, 0)]
)
def test_any_number_of_waiters_can_be_notified(which: int, value: Any, count: int) -> None:
    condition = CLASSES["Condition"][which]()
    there, woken = their_threading.Semaphore(0), their_threading.Semaphore(0)

    def wait() -> None:
        with condition:
            there.release()
            condition.wait()
        woken.release()

    threads = [their_threading.Thread(target=wait, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
        there.acquire()
    with condition:
        condition.notify(value)
    assert all(woken.acquire(timeout=60) for _ in range(count))
    with condition:
        assert repr(condition).endswith(f", {3 - count})>")
        condition.notify_all()
    for thread in threads:
        thread.join()


MISUSES: dict[str, Row] = {
    f"{name}: {what}": (name, make, lambda it, _, use=use: use(it))  # type: ignore[misc]
    for names, what, make, use in (
        ("Lock RLock", "released twice", lambda cls: cls(), lambda it: [it.acquire(), it.release(), it.release()]),
        ("RLock", "released by force", lambda cls: cls(), lambda it: it._release_save()),
        ("Condition", "waited for without its lock", lambda cls: cls(), lambda it: it.wait_for(lambda: 0, 0)),
        ("Condition", "of no lock", lambda cls: cls, lambda cls: cls(5)),
        ("BoundedSemaphore", "released too often", lambda cls: cls(1), lambda it: [it.acquire(), it.release(), it.release()]),
        ("Barrier", "whose action raises", lambda cls: cls(1, lambda: 1 / 0), lambda it: [tried(it.wait), it.broken]),
        ("Barrier", "whose action exits", lambda cls: cls(1, exit), lambda it: [tried(it.wait), it.broken]),
        ("Barrier", "whose action is false", lambda cls: cls(1, 0), lambda it: [it.wait(), it.broken]),
        ("Barrier", "whose action cannot be called", lambda cls: cls(1, 5), lambda it: [tried(it.wait), it.broken]),
        ("Queue", "done too often", lambda cls: cls(), lambda it: [it.put(1), it.task_done(), it.task_done()]),
        ("Future", "settled twice", lambda cls: cls(), lambda it: [it.cancel(), it.set_result(1)]),
        ("Future", "started twice", lambda cls: cls(), lambda it: [it.set_running_or_notify_cancel() for _ in "12"]),
        ("Future", "with an exception that is none", lambda cls: cls(), lambda it: [it.set_exception(5), it.exception()]),
        ("Future", "raising what cannot be raised", lambda cls: cls(), lambda it: [it.set_exception(5), it.result()]),
        ("Future", "with a callback that is none", lambda cls: cls(), lambda it: [it.add_done_callback(5), it.set_result(1)]),
        ("ThreadPoolExecutor", "given nothing to do", lambda cls: cls(1), lambda it: tried(it.submit)),
        ("ThreadPoolExecutor", "given what cannot be called", lambda cls: cls(1), lambda it: it.submit(5).result()),
        ("ThreadPoolExecutor", "shut down", lambda cls: cls(1), lambda it: [it.shutdown(), it.submit(int)]),
        ("ThreadPoolExecutor", "that exits", lambda cls: cls(1), lambda it: it.submit(exit, 3).result()),
        ("ThreadPoolExecutor", "whose worker waits for itself", lambda cls: cls(1), lambda it: it.submit(it.shutdown).result()),
        (
            "ThreadPoolExecutor",
            "with an initializer that raises",
            lambda cls: cls(1, initializer=lambda: 1 / 0),
            lambda it: [tried(lambda: it.submit(int).result()) for _ in "12"],
        ),
    )
    for name in names.split()
}


@pytest.mark.parametrize("misuse", MISUSES)
def test_a_misuse_comes_to_what_it_does_in_the_standard_library(misuse: str) -> None:
    same(*MISUSES[misuse], None)


@pytest.mark.parametrize("raised", [ValueError("no"), KeyboardInterrupt(), SystemExit(1), GeneratorExit()], ids=repr)
def test_a_callback_that_raises_ends_what_it_ends_there(raised: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    def calls(future: Any) -> tuple[list[int], object]:
        seen: list[int] = []

        def fail(_: object) -> None:
            seen.append(2)
            raise raised

        future.add_done_callback(lambda _: seen.append(1))
        future.add_done_callback(fail)
        future.add_done_callback(lambda _: seen.append(3))
        return seen, tried(lambda: future.set_result(1))

    with caplog.at_level(logging.CRITICAL, "concurrent.futures"):
        (_, expected), (seen, outcome) = (calls(cls()) for cls in CLASSES["Future"])
    # The standard library forgets the others if it is no `Exception`.
    assert (seen, outcome) == ([1, 2, 3], expected)


def test_an_item_that_cannot_be_put_in_order_is_not_put() -> None:
    # The standard library keeps it, and the call has failed all the same.
    ours = queue.PriorityQueue[Any]()
    first, second = Uncomparable(), Uncomparable()
    ours.put(first)
    with pytest.raises(ZeroDivisionError, match="cannot compare"):
        ours.put(second)
    assert (ours.qsize(), ours.unfinished_tasks, ours.get_nowait()) == (1, 1, first)


def test_callbacks_may_ask_for_callbacks_without_end(caplog: pytest.LogCaptureFixture) -> None:
    def deep(future: Any) -> tuple[bool, bool]:
        calls = 0

        def again(done: Any) -> None:
            nonlocal calls
            calls += 1
            done.add_done_callback(again)

        future.add_done_callback(again)
        future.set_result(1)
        return future.done(), calls > 20

    with caplog.at_level(logging.CRITICAL + 1, "concurrent.futures"):
        theirs, ours = (deep(cls()) for cls in CLASSES["Future"])
    assert ours == theirs


@pytest.mark.parametrize("return_when", [None, "1", 5])
def test_a_wait_for_futures_says_which_conditions_it_knows(return_when: Any) -> None:
    for module in NAMES["Future ThreadPoolExecutor"]:
        future = module.Future()
        outcome = tried(lambda: module.wait([future], 0, return_when))  # noqa: B023
        assert outcome == (ValueError, f"Invalid return condition: {return_when!r}")
