"""Locks behave as the standard library's, to the text of their errors."""

from __future__ import annotations

import copy
import pickle
import sys
import threading as theirs
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from raddle import threading


def outcome(action: Callable[..., object], *args: object, **kwargs: object) -> object:
    """What an action returns, or the class and text of what it raises."""
    try:
        return action(*args, **kwargs)
    except Exception as e:
        return type(e), str(e)


ACQUIRE_ARGUMENTS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    ((False,), {}),
    ((True, 0), {}),
    ((True, 0.001), {}),
    ((True, -1), {}),
    ((True, -1.0), {}),
    ((False, -1), {}),
    ((False, 1), {}),
    ((False, -2), {}),
    ((True, -2), {}),
    ((True, -0.5), {}),
    ((True, 1e10), {}),
    ((True, 1e100), {}),
    ((True, 10**10), {}),
    ((True, 10**30), {}),
    ((True, float("nan")), {}),
    ((True, "1"), {}),
    ((True, None), {}),
    ((), {"timeout": theirs.TIMEOUT_MAX}),
    ((), {"timeout": theirs.TIMEOUT_MAX + 1}),
    ((), {"blocking": False, "timeout": 0.5}),
]


@pytest.mark.parametrize("kind", ["Lock", "RLock"])
@pytest.mark.parametrize(("args", "kwargs"), ACQUIRE_ARGUMENTS)
def test_acquire_reads_its_arguments_as_the_standard_library(kind: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    ours, standard = getattr(threading, kind)(), getattr(theirs, kind)()
    assert outcome(ours.acquire, *args, **kwargs) == outcome(standard.acquire, *args, **kwargs)


@pytest.mark.parametrize("kind", ["Lock", "RLock"])
@pytest.mark.parametrize("method", ["release", "__exit__"])
def test_releasing_what_nobody_holds_is_an_error(kind: str, method: str) -> None:
    ours, standard = getattr(threading, kind)(), getattr(theirs, kind)()
    assert outcome(getattr(ours, method)) == outcome(getattr(standard, method))


@pytest.mark.parametrize("kind", ["Lock", "RLock"])
def test_names_are_the_standard_librarys(kind: str) -> None:
    ours, standard = getattr(threading, kind)(), getattr(theirs, kind)()
    assert set(dir(standard)) - set(dir(ours)) == set()
    assert type(ours).__name__ == type(standard).__name__


@pytest.mark.parametrize("kind", ["Lock", "RLock"])
def test_the_repr_is_the_standard_librarys_but_for_the_address(kind: str) -> None:
    def shown(lock: Any) -> list[str]:
        texts = [repr(lock)]
        with lock:
            texts.append(repr(lock))
        return [text.partition(" at 0x")[0] for text in texts]

    assert shown(getattr(threading, kind)()) == shown(getattr(theirs, kind)())


def test_the_repr_of_a_reentrant_lock_counts() -> None:
    lock = threading.RLock()
    with lock, lock:
        assert f"<locked _thread.RLock object owner={theirs.get_ident()} count=2 at " in repr(lock)
        seen: list[str] = []
        reader = theirs.Thread(target=lambda: seen.append(repr(lock)))
        reader.start()
        reader.join()
        assert seen == [repr(lock)]
    assert "<unlocked _thread.RLock object owner=0 count=0 at " in repr(lock)


def test_a_lock_has_obsolete_names() -> None:
    lock = threading.Lock()
    assert lock.acquire_lock()
    assert lock.locked_lock()
    lock.release_lock()
    assert not lock.locked()


def test_another_thread_may_release_a_lock_but_not_a_reentrant_one() -> None:
    lock, reentrant = threading.Lock(), threading.RLock()
    lock.acquire()
    reentrant.acquire()
    seen: list[object] = []
    other = theirs.Thread(target=lambda: seen.extend([outcome(lock.release), outcome(reentrant.release)]))
    other.start()
    other.join()
    assert seen == [None, (RuntimeError, "cannot release un-acquired lock")]
    assert not lock.locked()
    reentrant.release()


def test_the_insides_that_conditions_use() -> None:
    lock = threading.RLock()
    assert not lock._is_owned()
    with lock, lock:
        assert lock._is_owned()
        assert lock._recursion_count() == 2
        state = lock._release_save()
        assert lock._recursion_count() == 0
        lock._acquire_restore(state)
        assert lock._recursion_count() == 2
    assert outcome(lock._release_save) == (RuntimeError, "cannot release un-acquired lock")


def test_a_lock_is_made_as_the_interpreters_version_makes_it() -> None:
    kind, standard = type(threading.Lock()), type(theirs.Lock())
    assert outcome(lambda: type("Mine", (kind,), {})) == outcome(lambda: type("Mine", (standard,), {}))
    if sys.version_info >= (3, 13):
        assert not kind().locked()
        assert outcome(kind, 1) == outcome(standard, 1)
    else:
        assert outcome(kind) == outcome(standard)


def test_arguments_of_a_reentrant_lock_are_deprecated_where_the_standard_library_says_so() -> None:
    with warnings.catch_warnings(record=True) as ours:
        warnings.simplefilter("always")
        threading.RLock(1, a=2)
    with warnings.catch_warnings(record=True) as standard:
        warnings.simplefilter("always")
        theirs.RLock(1, a=2)  # type: ignore[call-arg]
    assert [str(warning.message) for warning in ours] == [str(warning.message) for warning in standard]


def test_a_reentrant_lock_can_be_subclassed() -> None:
    class Mine(threading.RLock):  # type: ignore[misc, valid-type]
        pass

    with Mine() as taken:
        assert taken is True
    assert repr(Mine()).startswith("<unlocked Mine object")


@pytest.mark.parametrize("kind", ["Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore", "Event"])
def test_what_holds_a_lock_cannot_be_pickled(kind: str) -> None:
    ours, standard = getattr(threading, kind)(), getattr(theirs, kind)()
    assert outcome(pickle.dumps, ours) == outcome(pickle.dumps, standard)
    assert outcome(copy.deepcopy, ours) == outcome(copy.deepcopy, standard)


@pytest.mark.parametrize("kind", ["Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore", "Event"])
def test_objects_can_be_referred_to_weakly_and_go_away(kind: str) -> None:
    made = getattr(threading, kind)()
    gone: list[object] = []
    reference = weakref.ref(made, gone.append)
    assert reference() is made
    del made
    assert gone == [reference]


def test_a_lock_reset_after_a_fork_is_free() -> None:
    for lock in (threading.Lock(), threading.RLock()):
        lock.acquire()
        lock._at_fork_reinit()
        assert "unlocked" in repr(lock)
        assert lock.acquire(False)
