"""The standard library's `concurrent.futures` with Raddle's thread pool and futures."""

from __future__ import annotations

from concurrent.futures import (
    ALL_COMPLETED,
    FIRST_COMPLETED,
    FIRST_EXCEPTION,
    BrokenExecutor,
    CancelledError,
    Executor,
    InvalidStateError,
    TimeoutError,
)
from concurrent.futures import Future as _TheirFuture  # noqa: F401 (what ours passes for in `isinstance`)
from typing import TYPE_CHECKING

from raddle._raddle import Future, PoolStatistics, as_completed, cancel_requested, wait
from raddle.concurrent.futures.thread import ThreadPoolExecutor

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

__all__ = [
    "ALL_COMPLETED",
    "FIRST_COMPLETED",
    "FIRST_EXCEPTION",
    "BrokenExecutor",
    "CancelledError",
    "Executor",
    "Future",
    "InvalidStateError",
    "PoolStatistics",
    "ProcessPoolExecutor",
    "ThreadPoolExecutor",
    "TimeoutError",
    "as_completed",
    "cancel_requested",
    "wait",
]


def __getattr__(name: str) -> object:
    """Import the standard library's process pool only for those who use it."""
    if name == "ProcessPoolExecutor":
        from concurrent.futures import ProcessPoolExecutor

        return ProcessPoolExecutor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
