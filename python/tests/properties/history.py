"""Random programs of a few threads, what each call of theirs came to, and whether some order of the calls explains it.

A model is a function from a state and a call to the states that the call may lead to: none, if it cannot have come to what it
came to. A history is right if its calls can be put into an order that the model allows and in which a call that ended before
another began comes first (Herlihy and Wing, 1990; the search is Wing and Gong's).

The main thread is one of the threads, and signals come to it at random moments. Their handler may raise: then nobody knows
whether the call has happened, and the model may take either.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

HISTORIES = int(os.environ.get("RADDLE_HISTORIES", "120"))
FIRST_SEED = int(os.environ.get("RADDLE_SEED", "0"))
THREADS = 3
CALLS = 5
# Nothing waits longer, so that every program ends.
LONGEST = 0.004

Operation = tuple[str, tuple[Any, ...]]
Model = Callable[[Hashable, "Call"], Iterable[Hashable]]


class Interruption(BaseException):
    """Raised by the handler of a signal."""


class Unknown:
    """What an interrupted call came to."""

    def __repr__(self) -> str:
        return "interrupted"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Call:
    """A call, what it came to (an exception stands for itself by its class), and when."""

    task: int
    name: str
    arguments: tuple[Any, ...]
    result: Any
    began: int
    ended: int

    def __str__(self) -> str:
        words = ", ".join(map(repr, self.arguments))
        return f"{self.began:>20} .. {self.ended}  task {self.task}: {self.name}({words}) -> {self.result!r}"


@dataclass
class Interrupter:
    """Signals at random moments, whose handler raises in the main thread's calls, now and then."""

    rng: random.Random
    armed: bool = False
    over: bool = False

    def handle(self, _number: int, _frame: object) -> None:
        self.sow()
        if self.armed and self.rng.random() < 0.5:
            self.armed = False
            raise Interruption

    def sow(self) -> None:
        if not self.over:
            signal.setitimer(signal.ITIMER_REAL, self.rng.uniform(1e-5, LONGEST))

    def at_risk(self, act: Callable[[Operation], Any], operation: Operation) -> Any:
        """Makes the call while handlers raise."""
        result: Any = UNKNOWN
        try:
            self.armed = True
            result = attempt(act, operation)
            # A call that has succeeded comes to its result though a handler has raised: the next line raises that.
            next_line()
            self.armed = False
        except Interruption:
            self.armed = False
        return result

    @contextmanager
    def at_work(self) -> Iterator[None]:
        before = signal.signal(signal.SIGALRM, self.handle)
        self.sow()
        try:
            yield
        finally:
            self.armed, self.over = False, True
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def attempt(act: Callable[[Operation], Any], operation: Operation) -> Any:
    try:
        return act(operation)
    except Exception as error:
        return type(error)


def next_line() -> None:
    """Where what a handler has raised is raised at last."""


def run(act: Callable[[Operation], Any], programs: Sequence[Sequence[Operation]], rng: random.Random) -> list[Call]:
    """Runs each program in a thread of its own, the first in this one, under signals."""
    calls: list[list[Call]] = [[] for _ in programs]
    together = threading.Barrier(len(programs))
    interrupter = Interrupter(random.Random(rng.random()))

    def work(task: int) -> None:
        together.wait()
        for operation in programs[task]:
            began = time.perf_counter_ns()
            result = interrupter.at_risk(act, operation) if task == 0 else attempt(act, operation)
            calls[task].append(Call(task, *operation, result, began, time.perf_counter_ns()))

    others = [threading.Thread(target=work, args=(task,)) for task in range(1, len(programs))]
    for other in others:
        other.start()
    with interrupter.at_work():
        work(0)
    for other in others:
        other.join()
    return [call for of_task in calls for call in of_task]


def explained(model: Model, state: Hashable, calls: Sequence[Call]) -> bool:
    """Whether some order of the calls that respects their times is one that the model allows."""
    seen: set[tuple[frozenset[int], Hashable]] = set()
    pending = [(frozenset(range(len(calls))), state)]
    while pending:
        left, state = pending.pop()
        if not left:
            return True
        if (left, state) in seen:
            continue
        seen.add((left, state))
        first_end = min(calls[index].ended for index in left)
        for index in left:
            if calls[index].began <= first_end:
                pending += [(left - {index}, after) for after in model(state, calls[index])]
    return False


def check(
    make: Callable[[random.Random], Any],
    model: Model,
    state: Callable[[Any], Hashable],
    operation: Callable[[random.Random], Operation],
    act: Callable[[Any, Operation], Any],
) -> None:
    """Checks random programs over objects that `make` makes, each of which begins in `state`."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for seed in range(FIRST_SEED, FIRST_SEED + HISTORIES):
            rng = random.Random(seed)
            made = make(rng)
            first = state(made)
            programs = [[operation(rng) for _ in range(CALLS)] for _ in range(THREADS)]
            calls = run(lambda op, made=made: act(made, op), programs, rng)
            if not explained(model, first, calls):
                told = "\n".join(map(str, sorted(calls, key=lambda call: call.began)))
                raise AssertionError(f"no order of these calls explains them (seed {seed}, at first {first!r}):\n{told}")
    finally:
        sys.setswitchinterval(interval)
