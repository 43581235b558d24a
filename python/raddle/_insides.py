"""What a queue does from the moment that somebody asks for its insides: a lock, three conditions and a container.

It is the standard library's algorithm on the standard library's fields, with `shutdown` on every version.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from raddle.queue import Empty, Full, ShutDown


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
