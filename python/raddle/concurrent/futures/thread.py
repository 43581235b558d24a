"""The standard library's `concurrent.futures.thread` with Raddle's thread pool."""

from __future__ import annotations

import itertools
from concurrent.futures import Executor
from concurrent.futures.thread import BrokenThreadPool
from concurrent.futures.thread import ThreadPoolExecutor as _TheirThreadPoolExecutor  # noqa: F401 (what ours goes on as)

from raddle import _raddle
from raddle._raddle import PoolStatistics

__all__ = ["BrokenThreadPool", "PoolStatistics", "ThreadPoolExecutor"]


class ThreadPoolExecutor(_raddle.ThreadPoolExecutor, Executor):  # type: ignore[misc]
    """Run calls in a pool of at most *max_workers* threads.

    Args:
        max_workers: The maximum number of threads that can be used to execute the given calls.
        thread_name_prefix: An optional name prefix to give our threads.
        initializer: A callable used to initialize worker threads.
        initargs: A tuple of arguments to pass to the initializer.
        backlog: The maximum number of calls that wait for a thread; while as many do, submit() waits.

    """

    # Used to assign unique thread names when thread_name_prefix is not supplied.
    _counter = itertools.count().__next__
