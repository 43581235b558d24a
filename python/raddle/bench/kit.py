"""What a row is made with: one family of primitives, and threads to use them on."""

from __future__ import annotations

import _thread
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from raddle._install import NAMES
from raddle.bench.rounds import Block


class Kit:
    """The modules of one rival, and what a row leaves running."""

    def __init__(self, threading: Any, queue: Any, futures: Any) -> None:
        """Take the modules."""
        self.threading = threading
        self.queue = queue
        self.futures = futures
        self._ends: list[Callable[[], object]] = []

    def pool(self) -> Any:
        """Return a pool of two, its threads started."""
        pool = self.futures.ThreadPoolExecutor(2)
        self._ends.append(pool.shutdown)
        barrier = self.threading.Barrier(2)
        for started in [pool.submit(barrier.wait) for _ in range(2)]:
            started.result()
        return pool

    def together(self, first: Block, *others: Block) -> Block:
        """Return a block that runs `first` here and each of the others on a thread of its own, all at once."""
        partners = [_Partner(other) for other in others]
        self._ends += [partner.end for partner in partners]

        def block(times: int) -> None:
            for partner in partners:
                partner.start(times)
            first(times)
            for partner in partners:
                partner.join()

        return block

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Put these primitives in the place of those that the interpreter's own `threading` uses."""
        before = {name: getattr(threading, name) for name in NAMES["threading"]}
        vars(threading).update({name: getattr(self.threading, name) for name in before})
        try:
            yield
        finally:
            vars(threading).update(before)

    def end(self) -> None:
        """End the threads that were started."""
        for end in reversed(self._ends):
            end()
        self._ends.clear()


class _Partner:
    """A thread that runs a block whenever it is told to."""

    def __init__(self, block: Block) -> None:
        # The interpreter's own locks, whatever is being measured.
        self._told = _thread.allocate_lock()
        self._done = _thread.allocate_lock()
        self._told.acquire()
        self._done.acquire()
        self._block = block
        self._times: int | None = None
        _thread.start_new_thread(self._run, ())

    def start(self, times: int | None) -> None:
        self._times = times
        self._told.release()

    def join(self) -> None:
        self._done.acquire()

    def end(self) -> None:
        self.start(None)
        self.join()

    def _run(self) -> None:
        while True:
            self._told.acquire()
            if self._times is not None:
                self._block(self._times)
            ended = self._times is None
            self._done.release()
            if ended:
                return
