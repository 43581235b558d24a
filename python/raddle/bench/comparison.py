"""A row, measured."""

from __future__ import annotations

import concurrent.futures
import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median

import raddle.concurrent.futures
import raddle.queue
import raddle.threading
from raddle._raddle import _futex_round_trips
from raddle.bench.goals import EVENT, FUTEX, LOCKS, STDLIB
from raddle.bench.kit import Kit
from raddle.bench.rounds import Block, fresh, ratio, take
from raddle.bench.rows import Maker, Row, event_ping_pong, lock_ping_pong


@dataclass(frozen=True)
class Peer:
    """What we are compared with."""

    name: str
    ns: float
    """The middle one of its times."""
    ratio: float
    """The middle one of the ratios of our time to its time in the same round."""
    goal: float
    met: bool
    """Whether the ratio is at most the goal, or both sides are one and the same type."""


@dataclass(frozen=True)
class Comparison:
    """What became of a row."""

    name: str
    ns: float
    """The middle one of our times, the loop around the work included."""
    peers: list[Peer]


def ours() -> Kit:
    """Return Raddle's primitives."""
    return Kit(raddle.threading, raddle.queue, raddle.concurrent.futures)


def theirs() -> Kit:
    """Return the standard library's primitives."""
    return Kit(threading, queue, concurrent.futures)


@contextmanager
def _one_processor() -> Iterator[None]:
    """Keep this thread, and those that it starts, on one processor, where the system allows that.

    Threads that pass a turn to and fro take ten times as long when the scheduler gives each a processor of its own, and it may
    do so with one side of a comparison and not with the other.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def compare(row: Row) -> Comparison:
    """Measure a row."""
    with ExitStack() as ending:
        if not row.goal.keys().isdisjoint({EVENT, LOCKS, FUTEX}):
            ending.enter_context(_one_processor())

        def made(maker: Maker, kit: Kit) -> Block:
            ending.callback(kit.end)
            return fresh(maker)(kit)

        rivals: dict[str, Callable[[], Block]] = {
            STDLIB: lambda: made(row.make, theirs()),
            EVENT: lambda: made(event_ping_pong, ours()),
            LOCKS: lambda: made(lock_ping_pong, theirs()),
            FUTEX: lambda: _futex_round_trips,
        }
        blocks = [rivals[name]() for name in row.goal]
        seconds, rounds = (0.01, 61) if row.threads else (0.002, 151)
        us, *others = take([made(row.make, ours()), *blocks], seconds, rounds)
    same = row.subject is not None and row.subject(ours()) is row.subject(theirs())
    peers = []
    for (name, goal), them in zip(row.goal.items(), others, strict=True):
        measured = ratio(us, them)
        peers.append(Peer(name, median(them), measured, goal, same or measured <= goal))
    return Comparison(row.name, median(us), peers)
