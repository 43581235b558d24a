"""What is measured: what a program would write, with one family of primitives or the other.

A row's function makes a block, which does its work so many times.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from raddle.bench.goals import BATCH, HAND_OFF, LIBRARY, NATIVE, NOT_SLOWER, READY, SUBMIT, Goal
from raddle.bench.kit import Kit
from raddle.bench.rounds import Block

Maker = Callable[[Kit], Block]


@dataclass(frozen=True)
class Row:
    """One thing that is measured."""

    name: str
    goal: Goal
    make: Maker
    threads: bool
    """Whether several threads take part."""
    subject: Callable[[Kit], object] | None = None
    """The type that it is about, where that may be the standard library's own."""


ROWS: list[Row] = []


def _row(
    name: str, goal: Goal, *, threads: bool = False, subject: Callable[[Kit], object] | None = None
) -> Callable[[Maker], Maker]:
    def add(make: Maker) -> Maker:
        ROWS.append(Row(name, goal, make, threads, subject))
        return make

    return add


def _lock_rows(name: str, goal: Goal, create: Callable[[Kit], Any]) -> None:
    @_row(f"{name} acquire+release", goal)
    def pairs(kit: Kit) -> Block:
        lock = create(kit)

        def block(times: int) -> None:
            for _ in repeat(None, times):
                lock.acquire()
                lock.release()

        return block

    @_row(f"{name} with", goal)
    def scopes(kit: Kit) -> Block:
        lock = create(kit)

        def block(times: int) -> None:
            for _ in repeat(None, times):
                with lock:
                    pass

        return block


def _queue_rows(name: str, goal: Goal, create: Callable[[Kit], Any]) -> None:
    @_row(f"{name} put+get", goal)
    def put_get(kit: Kit) -> Block:
        queue = create(kit)

        def block(times: int) -> None:
            for _ in repeat(None, times):
                queue.put(1)
                queue.get()

        return block

    @_row(f"{name} put+get+task_done", goal)
    def put_get_done(kit: Kit) -> Block:
        queue = create(kit)

        def block(times: int) -> None:
            for _ in repeat(None, times):
                queue.put(1)
                queue.get()
                queue.task_done()

        return block


def _stream_row(name: str, goal: Goal, create: Callable[[Kit], Any], pairs: int = 1) -> None:
    @_row(name, goal, threads=True)
    def stream(kit: Kit) -> Block:
        queue = create(kit)

        def put(times: int) -> None:
            for item in range(times // pairs):
                queue.put(item)

        def get(times: int) -> None:
            for _ in repeat(None, times // pairs):
                queue.get()

        return kit.together(put, get, *[put, get] * (pairs - 1))


def _creation_row(name: str, goal: Goal, find: Callable[[Kit], Callable[[], object]]) -> None:
    @_row(f"{name}()", goal, subject=find)
    def creation(kit: Kit) -> Block:
        create = find(kit)

        def block(times: int) -> None:
            for _ in repeat(None, times):
                create()

        return block


_lock_rows("Lock", NATIVE, lambda kit: kit.threading.Lock())
_lock_rows("RLock", NATIVE, lambda kit: kit.threading.RLock())


@_row("RLock acquire+release, held", NATIVE)
def _held(kit: Kit) -> Block:
    lock = kit.threading.RLock()
    lock.acquire()

    def block(times: int) -> None:
        for _ in repeat(None, times):
            lock.acquire()
            lock.release()

    return block


@_row("SimpleQueue put+get", NATIVE)
def _simple_queue(kit: Kit) -> Block:
    queue = kit.queue.SimpleQueue()

    def block(times: int) -> None:
        for _ in repeat(None, times):
            queue.put(1)
            queue.get()

    return block


@_row("local get", NATIVE, subject=lambda kit: kit.threading.local)
def _local_get(kit: Kit) -> Block:
    local = kit.threading.local()
    local.value = None

    def block(times: int) -> None:
        for _ in repeat(None, times):
            local.value  # noqa: B018 (this is what is measured)

    return block


@_row("local set", NATIVE, subject=lambda kit: kit.threading.local)
def _local_set(kit: Kit) -> Block:
    local = kit.threading.local()

    def block(times: int) -> None:
        for _ in repeat(None, times):
            local.value = None

    return block


_lock_rows("Semaphore", LIBRARY, lambda kit: kit.threading.Semaphore())
_lock_rows("BoundedSemaphore", LIBRARY, lambda kit: kit.threading.BoundedSemaphore())


@_row("Event set+clear", LIBRARY)
def _event_set(kit: Kit) -> Block:
    event = kit.threading.Event()

    def block(times: int) -> None:
        for _ in repeat(None, times):
            event.set()
            event.clear()

    return block


@_row("Event wait, set", READY)
def _event_wait(kit: Kit) -> Block:
    event = kit.threading.Event()
    event.set()

    def block(times: int) -> None:
        for _ in repeat(None, times):
            event.wait()

    return block


@_row("Condition with+notify", READY)
def _condition_notify(kit: Kit) -> Block:
    condition = kit.threading.Condition()

    def block(times: int) -> None:
        for _ in repeat(None, times):
            with condition:
                condition.notify()

    return block


_queue_rows("Queue", LIBRARY, lambda kit: kit.queue.Queue())
_queue_rows("LifoQueue", LIBRARY, lambda kit: kit.queue.LifoQueue())
_queue_rows("PriorityQueue", LIBRARY, lambda kit: kit.queue.PriorityQueue())

_creation_row("Lock", NATIVE, lambda kit: kit.threading.Lock)
_creation_row("RLock", NATIVE, lambda kit: kit.threading.RLock)
_creation_row("SimpleQueue", NATIVE, lambda kit: kit.queue.SimpleQueue)
_creation_row("local", NATIVE, lambda kit: kit.threading.local)
_creation_row("Semaphore", NOT_SLOWER, lambda kit: kit.threading.Semaphore)
_creation_row("BoundedSemaphore", NOT_SLOWER, lambda kit: kit.threading.BoundedSemaphore)
_creation_row("Event", NOT_SLOWER, lambda kit: kit.threading.Event)
_creation_row("Condition", NOT_SLOWER, lambda kit: kit.threading.Condition)
_creation_row("Queue", NOT_SLOWER, lambda kit: kit.queue.Queue)
_creation_row("LifoQueue", NOT_SLOWER, lambda kit: kit.queue.LifoQueue)
_creation_row("PriorityQueue", NOT_SLOWER, lambda kit: kit.queue.PriorityQueue)
_creation_row("Future", NOT_SLOWER, lambda kit: kit.futures.Future)
_creation_row("ThreadPoolExecutor", NOT_SLOWER, lambda kit: kit.futures.ThreadPoolExecutor)

_stream_row("Queue 1p1c", LIBRARY, lambda kit: kit.queue.Queue())
_stream_row("Queue 2p2c", NOT_SLOWER, lambda kit: kit.queue.Queue(), pairs=2)
_stream_row("SimpleQueue 1p1c", NATIVE, lambda kit: kit.queue.SimpleQueue())
_stream_row("Queue(1) 1p1c", HAND_OFF, lambda kit: kit.queue.Queue(1))
_stream_row("Queue(8) 1p1c", HAND_OFF, lambda kit: kit.queue.Queue(8))


@_row("Condition ping-pong", HAND_OFF, threads=True)
def _condition_ping_pong(kit: Kit) -> Block:
    condition = kit.threading.Condition()
    turn = 0

    def ping(times: int) -> None:
        nonlocal turn
        for _ in repeat(None, times):
            with condition:
                turn = 1
                condition.notify()
                while turn:
                    condition.wait()

    def pong(times: int) -> None:
        nonlocal turn
        for _ in repeat(None, times):
            with condition:
                while not turn:
                    condition.wait()
                turn = 0
                condition.notify()

    return kit.together(ping, pong)


@_row("Event ping-pong", HAND_OFF, threads=True)
def event_ping_pong(kit: Kit) -> Block:
    """There and back by two events."""
    there, back = kit.threading.Event(), kit.threading.Event()

    def ping(times: int) -> None:
        for _ in repeat(None, times):
            there.set()
            back.wait()
            back.clear()

    def pong(times: int) -> None:
        for _ in repeat(None, times):
            there.wait()
            there.clear()
            back.set()

    return kit.together(ping, pong)


def lock_ping_pong(kit: Kit) -> Block:
    """There and back by two locks, each of which one thread takes and the other releases."""
    there, back = kit.threading.Lock(), kit.threading.Lock()
    there.acquire()
    back.acquire()

    def ping(times: int) -> None:
        for _ in repeat(None, times):
            there.release()
            back.acquire()

    def pong(times: int) -> None:
        for _ in repeat(None, times):
            there.acquire()
            back.release()

    return kit.together(ping, pong)


@_row("Barrier(2) wait", HAND_OFF, threads=True)
def _barrier(kit: Kit) -> Block:
    barrier = kit.threading.Barrier(2)

    def block(times: int) -> None:
        for _ in repeat(None, times):
            barrier.wait()

    return kit.together(block, block)


@_row("submit().result()", SUBMIT, threads=True)
def _submit_result(kit: Kit) -> Block:
    pool, caller = kit.pool(), threading.get_ident()
    assert caller != pool.submit(threading.get_ident).result()

    def block(times: int) -> None:
        for _ in repeat(None, times):
            pool.submit(_job).result()

    return block


@_row("map, per item", BATCH, threads=True)
def _map(kit: Kit) -> Block:
    pool = kit.pool()

    def block(times: int) -> None:
        for _ in pool.map(_job, range(times)):
            pass

    return block


@_row("submit all, then results, per item", BATCH, threads=True)
def _submit_all(kit: Kit) -> Block:
    pool = kit.pool()

    def block(times: int) -> None:
        for future in [pool.submit(_job) for _ in repeat(None, times)]:
            future.result()

    return block


@_row("as_completed, per item", BATCH, threads=True)
def _as_completed(kit: Kit) -> Block:
    pool, as_completed = kit.pool(), kit.futures.as_completed

    def block(times: int) -> None:
        for future in as_completed([pool.submit(_job) for _ in repeat(None, times)]):
            future.result()

    return block


@_row("Thread start+join", NOT_SLOWER, threads=True)
def _thread(kit: Kit) -> Block:
    def block(times: int) -> None:
        with kit.installed():
            for _ in repeat(None, times):
                thread = threading.Thread(target=_job)
                thread.start()
                thread.join()

    return block


def _job(item: object = None) -> object:
    return item
