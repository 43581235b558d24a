"""What queues and pools do from the moment that somebody asks for their insides.

It is the standard library's algorithm on the standard library's fields: a queue's lock, three conditions and container,
with `shutdown` on every version; a pool's queue, idle semaphore and lock.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from raddle._raddle import Future, _make_call
from raddle.queue import Empty, Full, ShutDown

_thread: Any = import_module("concurrent.futures.thread")
_TheirPool: Any = import_module("raddle.concurrent.futures.thread")._TheirThreadPoolExecutor


class Queue:
    """The methods that run on an open queue, which is `self` in them."""

    maxsize: int
    unfinished_tasks: int
    is_shutdown: bool
    _puts: int
    mutex: Any
    not_empty: Any
    not_full: Any
    all_tasks_done: Any
    _qsize: Any
    _put: Any
    _get: Any

    def put(self, item: object, block: bool, timeout: float | None) -> None:
        """Put an item in."""

        def ready() -> bool:
            return self.is_shutdown or not 0 < self.maxsize <= self._qsize()

        with self.not_full:
            if not ready() and not (block and self.not_full.wait_for(ready, timeout)):
                raise Full
            if self.is_shutdown:
                raise ShutDown
            self._put(item)
            self._puts += 1
            self.unfinished_tasks += 1
            self.not_empty.notify()

    def put_some(self, items: deque[object], block: bool, timeout: float | None) -> None:
        """Put in as many items as there is room for, from the left."""

        def full() -> bool:
            size: int = self._qsize()
            return 0 < self.maxsize <= size

        def ready() -> bool:
            return self.is_shutdown or not full()

        with self.not_full:
            if not ready() and not (block and self.not_full.wait_for(ready, timeout)):
                raise Full
            if self.is_shutdown:
                raise ShutDown
            while items and not full():
                self._put(items[0])
                items.popleft()
                self._puts += 1
                self.unfinished_tasks += 1
                self.not_empty.notify()

    def get(self, block: bool, timeout: float | None) -> object:
        """Take the next item out."""

        def ready() -> bool:
            return self.is_shutdown or self._qsize() > 0

        with self.not_empty:
            if not ready() and not (block and self.not_empty.wait_for(ready, timeout)):
                raise Empty
            if not self._qsize():
                raise ShutDown
            item: object = self._get()
            self.not_full.notify()
            return item

    def get_many(self, limit: int, block: bool, timeout: float | None) -> list[object]:
        """Take out what is there, at least one item."""

        def ready() -> bool:
            return self.is_shutdown or self._qsize() > 0

        items: list[object] = []
        with self.not_empty:
            if not ready() and not (block and self.not_empty.wait_for(ready, timeout)):
                raise Empty
            if not self._qsize():
                raise ShutDown
            try:
                while len(items) < limit and self._qsize():
                    items.append(self._get())
                    self.not_full.notify()
            except BaseException as raised:
                if not items:
                    raise
                if not isinstance(raised, Exception):
                    raised.taken = items  # type: ignore[attr-defined]
                    raise
        return items

    def statistics(self) -> tuple[int, int, int]:
        """Return how many items have come and gone, and how many are not dealt with."""
        with self.mutex:
            size = self._qsize()
            # Whoever has the container may have put something into it.
            puts = max(self._puts, size)
            return puts, puts - size, self.unfinished_tasks

    def task_done(self) -> None:
        """Say that an item is dealt with."""
        with self.all_tasks_done:
            if self.unfinished_tasks <= 0:
                raise ValueError("task_done() called too many times")
            self.unfinished_tasks -= 1
            if not self.unfinished_tasks:
                self.all_tasks_done.notify_all()

    def join(self) -> None:
        """Wait until all is dealt with."""
        with self.all_tasks_done:
            self.all_tasks_done.wait_for(lambda: not self.unfinished_tasks)

    def qsize(self) -> int:
        """Return how many items there are."""
        with self.mutex:
            size: int = self._qsize()
            return size

    def full(self) -> bool:
        """Return whether there is no free place."""
        with self.mutex:
            size: int = self._qsize()
            return 0 < self.maxsize <= size

    def shutdown(self, immediate: bool) -> None:
        """Let no item in any more, nor out if `immediate`."""
        with self.mutex:
            self.is_shutdown = True
            if immediate:
                while self._qsize():
                    self._get()
                    self.unfinished_tasks -= self.unfinished_tasks > 0
                self.all_tasks_done.notify_all()
            self.not_empty.notify_all()
            self.not_full.notify_all()


class _Call(_thread._WorkItem):  # type: ignore[misc]
    """A call in the queue of a pool, which can be asked to stop."""

    def run(self, *context: Any) -> None:
        """Make it."""
        _make_call(self.future, super().run, *context)


class _Heir:
    """Has work for the workers that an open pool had before."""

    def __init__(self, pool: Any, fields: dict[str, Any]) -> None:
        """Prepare what a worker of the standard library's is started with."""
        self.work_queue = work_queue = fields["_work_queue"]
        self.pool = weakref.ref(pool, lambda _: work_queue.put(None))

    def work(self) -> None:
        """Go on as a worker of the standard library's, which need not be initialised."""
        with _thread._global_shutdown_lock:
            _thread._threads_queues[threading.current_thread()] = self.work_queue
            # Who exits has told the worker already.
            if _thread._shutdown:
                self.work_queue.put(None)
        if hasattr(_thread, "WorkerContext"):
            _thread._worker(self.pool, _thread.WorkerContext(None, ()), self.work_queue)
        else:
            _thread._worker(self.pool, self.work_queue, None, ())

    def fail(self) -> None:
        """Say that the initializer has failed."""
        pool = self.pool()
        if pool is not None:
            pool._initializer_failed()


class Pool:
    """The methods that run on an open pool, which is `self` in them; others are the standard library's."""

    heir = _Heir
    _adjust_thread_count = _TheirPool._adjust_thread_count
    _initializer_failed = _TheirPool._initializer_failed

    _work_queue: Any
    _shutdown_lock: Any
    _max_workers: int
    _threads: set[threading.Thread]
    _shutdown: bool
    _broken: Any

    @staticmethod
    def fields(
        size: int, prefix: str, initializer: Callable[..., object] | None, initargs: tuple[Any, ...], threads: set[Any]
    ) -> dict[str, Any]:
        """Return what a pool of the standard library's consists of; its lock is held."""
        fields = {**vars(_TheirPool(size, prefix, initializer, initargs)), "_threads": threads}
        fields["_shutdown_lock"].acquire()
        return fields

    def take_over(self, calls: Iterable[tuple[Any, ...]], taken: int, broken: str | None, shut: bool) -> None:
        """Take the calls that wait for a worker, and let others in."""
        vars(self)["_submitted"] = taken
        self._broken = broken or False
        self._shutdown = shut
        for call in calls:
            Pool._enqueue(self, *call)
        if shut:
            self._work_queue.put(None)
        self._shutdown_lock.release()

    def _enqueue(self, future: Any, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        resolve = getattr(self, "_resolve_work_item_task", None)
        self._work_queue.put(_Call(future, resolve(fn, args, kwargs)) if resolve else _Call(future, fn, args, kwargs))
        vars(self)["_submitted"] = vars(self).get("_submitted", 0) + 1

    def put(self, future: Any, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Let a worker make a call."""
        with self._shutdown_lock, _thread._global_shutdown_lock:
            if self._broken:
                raise _thread.BrokenThreadPool(self._broken)
            if self._shutdown:
                raise RuntimeError("cannot schedule new futures after shutdown")
            if _thread._shutdown:
                raise RuntimeError("cannot schedule new futures after interpreter shutdown")
            Pool._enqueue(self, future, fn, args, kwargs)
            self._adjust_thread_count()

    def submit(self, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Future[Any]:
        """Let a worker make a call, for which the future stands."""
        future: Future[Any] = Future()
        Pool.put(self, future, fn, args, kwargs)
        return future

    def statistics(self) -> tuple[int, int, int, int]:
        """Return how many workers there can be and are, and how many calls have come and wait."""
        with self._shutdown_lock:
            waiting: int = self._work_queue.qsize()
            return self._max_workers, len(self._threads), max(vars(self).get("_submitted", 0), waiting), waiting

    def shutdown(self, wait: bool, cancel_futures: bool) -> None:
        """Let no call in any more."""
        _TheirPool.shutdown(self, wait, cancel_futures=cancel_futures)
