"""Methods that the standard library's own methods call, so that a subclass may put others in their place."""

from __future__ import annotations

import queue as their_queue
import threading as their_threading
from collections.abc import Callable
from typing import Any

import pytest

from raddle import queue, threading


def calls(base: type[Any], names: list[str], use: Callable[[Any], object]) -> list[str]:
    """Return which of a subclass's methods `use` comes to, by name, with the arguments that are no time."""
    seen = []

    def overriding(name: str) -> Callable[..., object]:
        def method(self: object, *args: object, **kwargs: object) -> object:
            seen.append(f"{name}{[each for each in args if not isinstance(each, float)]}{kwargs}")
            return getattr(base, name)(self, *args, **kwargs)

        return method

    use(type("Derived", (base,), {name: overriding(name) for name in names})())
    return seen


def without_waiting(made: Any) -> object:
    made.put_nowait(1)
    return made.get_nowait()


def under_it(made: Any) -> None:
    with made:
        pass


def told_nobody(made: Any) -> None:
    with made:
        made.notify_all()


def told_one(made: Any) -> None:
    with made:
        ready = their_threading.Event()

        def wait() -> None:
            with made:
                ready.set()
                made.wait()

        waiter = their_threading.Thread(target=wait)
        waiter.start()
        made.release()
        ready.wait()
        made.acquire()
        made.notify_all()
    waiter.join()


def waited_for(timeout: float) -> Callable[[Any], object]:
    def wait(made: Any) -> None:
        answers = iter([False, True])
        with made:
            assert made.wait_for(lambda: next(answers), timeout)

    return wait


USES: dict[str, tuple[str, list[str], Callable[[Any], object]]] = {
    "put_nowait and get_nowait": ("Queue", ["put", "get"], without_waiting),
    "put_nowait and get_nowait, last first": ("LifoQueue", ["put", "get"], without_waiting),
    "put_nowait and get_nowait, in order": ("PriorityQueue", ["put", "get"], without_waiting),
    "with": ("Semaphore", ["acquire", "release"], under_it),
    "with, bounded": ("BoundedSemaphore", ["acquire", "release"], under_it),
    "notify_all, nobody waits": ("Condition", ["notify"], told_nobody),
    "notify_all": ("Condition", ["notify"], told_one),
    "wait_for": ("Condition", ["wait"], waited_for(0.001)),
    "wait_for, no time": ("Condition", ["wait"], waited_for(-1.0)),
}


@pytest.mark.parametrize("use", USES)
def test_a_subclass_s_method_is_called_where_the_standard_library_calls_it(use: str) -> None:
    name, names, action = USES[use]
    theirs, ours = (
        getattr(queues if "Queue" in name else threads, name)
        for queues, threads in ((their_queue, their_threading), (queue, threading))
    )
    expected = calls(theirs, names, action)
    assert expected
    assert calls(ours, names, action) == expected


def test_a_semaphore_that_a_subclass_does_not_initialise_is_left_by_its_own_release() -> None:
    class Closed(threading.Semaphore):
        def __init__(self) -> None:
            self.released = 0

        def __enter__(self, *_: object) -> bool:
            return True

        def release(self, n: int = 1) -> None:
            self.released += n

    closed = Closed()
    under_it(closed)
    assert closed.released == 1
