"""Programs that reach into the standard library's objects reach into ours: there is such a field, and it means the same."""

from __future__ import annotations

import concurrent.futures._base as theirs
import gc
import threading as native
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from raddle import threading
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
