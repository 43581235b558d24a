"""What a queue does from the moment that somebody asks for its insides: a lock, three conditions and a container.

It is the standard library's algorithm on the standard library's fields, with `shutdown` on every version.
"""

from __future__ import annotations

from typing import Any

from raddle.queue import Empty, Full, ShutDown


class Queue:
    """The methods that run on an open queue, which is `self` in them."""

    maxsize: int
    unfinished_tasks: int
    is_shutdown: bool
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
