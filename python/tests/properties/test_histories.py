"""Each type against a model of a few lines, under random threads, time-outs, exceptions, cancellations and signals."""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import CancelledError, InvalidStateError
from typing import Any

import pytest
from history import CALLS, FIRST_SEED, HISTORIES, LONGEST, THREADS, UNKNOWN, Call, Operation, check, run

from raddle import queue, threading
from raddle.concurrent import futures

# What the handler of a signal raises may be raised where nobody can catch it: in the callback of a weak reference.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def waits(rng: random.Random) -> tuple[Any, ...]:
    """Arguments of a call that may wait: not at all, or for a moment."""
    return rng.choice([(False,), (True, 0), (True, rng.uniform(0, LONGEST))])


def method(made: Any, operation: Operation) -> Any:
    name, arguments = operation
    return getattr(made, name)(*arguments)


def either(call: Call, happened: Iterable[Hashable], unchanged: Hashable) -> Iterable[Hashable]:
    """For a call that came to `UNKNOWN`: it has happened, if it could, or it has not."""
    return [*happened, unchanged] if call.result is UNKNOWN else happened


def lock(held: Hashable, call: Call) -> Iterable[Hashable]:
    expected = {"acquire": not held, "release": None if held else RuntimeError, "locked": held}[call.name]
    if call.result is UNKNOWN or call.result == expected:
        yield {"acquire": True, "release": False, "locked": held}[call.name]
    if call.result is UNKNOWN:
        yield held


def test_a_lock_is_a_flag() -> None:
    def operation(rng: random.Random) -> Operation:
        return rng.choice([("acquire", waits(rng)), ("release", ()), ("locked", ())])

    check(lambda _: threading.Lock(), lock, lambda made: made.locked(), operation, method)


def reentrant(state: Any, call: Call) -> Iterable[Hashable]:
    owner, depth = state
    mine = depth > 0 and owner == call.task
    if call.name == "acquire":
        taken = mine or depth == 0
        after = (call.task, depth + 1) if taken else state
        return either(call, [after] if call.result in (taken, UNKNOWN) else [], state)
    after = (owner if depth > 1 else None, depth - 1) if mine else state
    return either(call, [after] if call.result in (None if mine else RuntimeError, UNKNOWN) else [], state)


def test_a_reentrant_lock_is_an_owner_and_a_depth() -> None:
    def operation(rng: random.Random) -> Operation:
        return rng.choice([("acquire", waits(rng)), ("release", ())])

    check(lambda _: threading.RLock(), reentrant, lambda _: (None, 0), operation, method)


def semaphore(state: Any, call: Call) -> Iterable[Hashable]:
    permits, bound = state
    if call.name == "acquire":
        after, result = max(permits - 1, 0), permits > 0
    else:
        fits = permits + call.arguments[0] <= bound
        after, result = (permits + call.arguments[0], None) if fits else (permits, ValueError)
    return either(call, [(after, bound)] if call.result in (result, UNKNOWN) else [], state)


@pytest.mark.parametrize("bounded", [False, True])
def test_a_semaphore_is_a_number(bounded: bool) -> None:
    def make(rng: random.Random) -> Any:
        return (threading.BoundedSemaphore if bounded else threading.Semaphore)(rng.randrange(3))

    def state(made: Any) -> Hashable:
        return made._value, made._value if bounded else 1_000

    def operation(rng: random.Random) -> Operation:
        return rng.choice([("acquire", waits(rng)), ("release", (rng.randint(1, 2),))])

    check(make, semaphore, state, operation, method)


def event(flag: Hashable, call: Call) -> Iterable[Hashable]:
    result = {"set": None, "clear": None, "is_set": flag, "wait": flag}[call.name]
    after = {"set": True, "clear": False}.get(call.name, flag)
    return either(call, [after] if call.result in (result, UNKNOWN) else [], flag)


def test_an_event_is_a_flag() -> None:
    def operation(rng: random.Random) -> Operation:
        return rng.choice([("set", ()), ("clear", ()), ("is_set", ()), ("wait", (rng.uniform(0, LONGEST),))])

    check(lambda _: threading.Event(), event, lambda _: False, operation, method)


class Box:
    """A queue of one place, made of a condition."""

    def __init__(self, lock: Any) -> None:
        self.changed = threading.Condition(lock)
        self.items: list[int] = []

    def put(self, item: int, timeout: float) -> bool:
        with self.changed:
            fits = self.changed.wait_for(lambda: not self.items, timeout)
            if fits:
                self.items.append(item)
                self.changed.notify_all()
            return fits

    def get(self, timeout: float) -> int | None:
        with self.changed:
            return self.items.pop() if self.changed.wait_for(lambda: self.items, timeout) else self.none()

    def none(self) -> None:
        return None


def box(item: Any, call: Call) -> Iterable[Hashable]:
    if call.name == "put":
        after, result = (call.arguments[0], True) if item is None else (item, False)
    else:
        after, result = None, item
    return either(call, [after] if call.result in (result, UNKNOWN) else [], item)


@pytest.mark.parametrize("inner", [threading.Lock, threading.RLock], ids=["Lock", "RLock"])
def test_a_condition_makes_a_box(inner: Callable[[], Any]) -> None:
    def operation(rng: random.Random) -> Operation:
        timeout = rng.uniform(0, LONGEST)
        return rng.choice([("put", (rng.randrange(100), timeout)), ("get", (timeout,))])

    check(lambda _: Box(inner()), box, lambda _: None, operation, method)


def test_who_passes_a_barrier_passes_with_all() -> None:
    for seed in range(FIRST_SEED, FIRST_SEED + HISTORIES):
        rng = random.Random(seed)
        barrier = threading.Barrier(THREADS)

        def act(operation: Operation, barrier: threading.Barrier = barrier) -> Any:
            return method(barrier, operation)

        programs = [[("wait", (rng.uniform(0, LONGEST),))] * CALLS for _ in range(THREADS - 1)]
        last = [rng.choice([("wait", (rng.uniform(0, LONGEST),)), ("reset", ()), ("abort", ())]) for _ in range(CALLS)]
        # The first program is the one that signals come to: here it only resets and aborts, which a signal does not end.
        calls = run(act, [[("reset", ())] * 2, *programs, last], rng)
        passed = Counter(call.result for call in calls if isinstance(call.result, int))
        assert len(set(passed.values())) <= 1, (seed, passed)
        assert set(passed) in (set(), set(range(THREADS))), (seed, passed)


class Item(int):
    """A number whose comparison may fail."""

    def __lt__(self, other: int) -> bool:
        if random.random() < 0.05:
            raise ArithmeticError
        return int.__lt__(self, other)


def stored(take: Callable[[tuple[Any, ...]], int]) -> Callable[[Any, Call], Iterable[Hashable]]:
    """The model of a queue that takes out the item at `take`."""

    def model(state: Any, call: Call) -> Iterable[Hashable]:
        items, bound, shut, unfinished = state
        after, result = state, None
        if call.result is ArithmeticError:
            return [state]
        if call.name == "put":
            if shut:
                result = queue.ShutDown
            elif bound and len(items) >= bound:
                result = queue.Full
            else:
                after = ((*items, call.arguments[0]), bound, shut, unfinished + 1)
        elif call.name == "get":
            if items:
                at = take(items)
                after, result = ((*items[:at], *items[at + 1 :]), bound, shut, unfinished), items[at]
            else:
                result = queue.ShutDown if shut else queue.Empty
        elif call.name == "task_done":
            if unfinished:
                after = (items, bound, shut, unfinished - 1)
            else:
                result = ValueError
        elif call.name == "shutdown":
            now = call.arguments[0]
            after = ((), bound, True, max(unfinished - len(items), 0)) if now else (items, bound, True, unfinished)
        elif call.name == "qsize":
            result = len(items)
        return either(call, [after] if call.result in (result, UNKNOWN) else [], state)

    return model


def smallest(items: tuple[Any, ...]) -> int:
    return min(range(len(items)), key=lambda at: (int(items[at]), at))


TAKES: dict[str, Callable[[tuple[Any, ...]], int]] = {
    "Queue": lambda _: 0,
    "LifoQueue": lambda items: len(items) - 1,
    "PriorityQueue": smallest,
    "SimpleQueue": lambda _: 0,
}


@pytest.mark.parametrize("kind", TAKES)
def test_a_queue_is_a_list(kind: str) -> None:
    simple = kind == "SimpleQueue"

    def make(rng: random.Random) -> Any:
        return getattr(queue, kind)(*[rng.randrange(3)] * (not simple))

    def operation(rng: random.Random) -> Operation:
        item = Item(rng.randrange(4)) if kind == "PriorityQueue" else rng.randrange(100)
        calls = [("put", (item, *waits(rng))), ("get", waits(rng))] * 2 + [("qsize", ())]
        if not simple and rng.random() < 0.3:
            calls += [("task_done", ()), ("shutdown", (rng.random() < 0.5,))]
        return rng.choice(calls)

    check(make, stored(TAKES[kind]), lambda made: ((), 0 if simple else made.maxsize, False, 0), operation, method)


def future(state: Any, call: Call) -> Iterable[Hashable]:
    after, result = state, None
    done = state not in ("pending", "running")
    if call.name == "set_result":
        after, result = (state, InvalidStateError) if done else (("result", call.arguments[0]), None)
    elif call.name == "set_exception":
        after, result = (state, InvalidStateError) if done else (("error",), None)
    elif call.name == "cancel":
        after = ("cancelled",) if state == "pending" else state
        result = after == ("cancelled",)
    elif call.name == "done":
        result = done
    elif call.name == "result":
        if done:
            result = {"result": state[-1], "error": ZeroDivisionError, "cancelled": CancelledError}[state[0]]
        else:
            result = TimeoutError
    return either(call, [after] if call.result in (result, UNKNOWN) else [], state)


def test_a_future_is_settled_once() -> None:
    def operation(rng: random.Random) -> Operation:
        settle = [("set_result", (rng.randrange(100),)), ("set_exception", (ZeroDivisionError(),)), ("cancel", ())]
        ask = [("result", (rng.uniform(0, LONGEST),)), ("done", ())]
        return rng.choice(settle + ask * 2)

    check(lambda _: futures.Future(), future, lambda _: "pending", operation, method)


def test_a_callback_is_called_once() -> None:
    for seed in range(FIRST_SEED, FIRST_SEED + HISTORIES):
        rng = random.Random(seed)
        made: futures.Future[int] = futures.Future()
        # Each callback is compiled: a handler that raises within one of Python's would end it before it has told of itself.
        called: defaultdict[int, list[object]] = defaultdict(list)

        def act(operation: Operation, made: futures.Future[int] = made, called: Any = called) -> Any:
            if operation[0] == "add_done_callback":
                return made.add_done_callback(called[operation[1][0]].append)
            return method(made, operation)

        numbers = iter(range(1_000))
        programs = [
            [rng.choice([("add_done_callback", (next(numbers),)), ("cancel", ()), ("set_result", (1,))]) for _ in range(CALLS)]
            for _ in range(THREADS)
        ]
        calls = run(act, programs, rng)
        made.cancel()
        assert made.done()
        assert all(with_what in ([], [made]) for with_what in called.values()), (seed, called)
        added = [call for call in calls if call.name == "add_done_callback"]
        sure = {call.arguments[0] for call in added if call.result is not UNKNOWN}
        assert all(called[number] for number in sure), (seed, called)


def test_a_pool_runs_every_job_or_cancels_it() -> None:
    for seed in range(FIRST_SEED, FIRST_SEED + HISTORIES):
        rng = random.Random(seed)
        pool = futures.ThreadPoolExecutor(rng.randint(1, 3))
        ran: list[int] = []
        handed: list[tuple[int, futures.Future[int]]] = []

        def job(number: int, ran: list[int] = ran) -> int:
            ran.append(number)
            if number % 5 == 0:
                raise ZeroDivisionError
            return number

        def act(operation: Operation, pool: Any = pool, handed: Any = handed, job: Any = job) -> Any:
            name, arguments = operation
            if name == "submit":
                made = pool.submit(job, *arguments)
                handed.append((arguments[0], made))
                return True
            if name == "cancel":
                return handed[-1][1].cancel() if handed else None
            if name == "as_completed":
                some = list({id(made): made for _, made in handed[-3:]}.values())
                # As the standard library's, it is never told of what a shutdown cancels.
                return len(list(futures.as_completed(some, LONGEST))) == len(some)
            return pool.shutdown(wait=arguments[0], cancel_futures=arguments[1])

        numbers = iter(range(1, 1_000))

        def operation(rng: random.Random, numbers: Any = numbers) -> Operation:
            kinds = ["submit"] * 5 + ["cancel", "as_completed"] + ["shutdown"] * (rng.random() < 0.1)
            name = rng.choice(kinds)
            pair = (rng.random() < 0.5, rng.random() < 0.5)
            return name, {"submit": (next(numbers),), "shutdown": pair}.get(name, ())

        calls = run(act, [[operation(rng) for _ in range(CALLS)] for _ in range(THREADS)], rng)
        pool.shutdown()
        if sys.version_info < (3, 13):
            # Thread.join() takes a thread for ended there once a signal's handler has raised in it: nobody waits for that one.
            futures.wait([made for _, made in handed if not made.done()], timeout=10)
        assert all(call.result in (True, False, None, RuntimeError, TimeoutError, UNKNOWN) for call in calls), (seed, calls)
        assert all(call.result is not False for call in calls if call.name == "as_completed"), (seed, calls)
        assert all(made.done() for _, made in handed), seed
        assert len(set(ran)) == len(ran), (seed, ran)
        for number, made in handed:
            assert made.cancelled() == (number not in ran), (seed, number)
            if not made.cancelled():
                assert (made.exception() is None) == (number % 5 != 0), (seed, number)
