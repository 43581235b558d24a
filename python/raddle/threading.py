"""The standard library's `threading` with Raddle's primitives.

Threads themselves (`Thread`, `local`, `current_thread`, ...) are the standard library's own; what threads wait for each
other with is Raddle's, with the same names, signatures, exceptions and messages.
"""

from __future__ import annotations

import sys
import threading as _threading
from collections.abc import Callable, Iterable, Mapping
from threading import (
    TIMEOUT_MAX,
    BrokenBarrierError,
    ExceptHookArgs,
    Thread,
    ThreadError,
    active_count,
    activeCount,
    current_thread,
    currentThread,
    enumerate,
    excepthook,
    get_ident,
    get_native_id,
    getprofile,
    gettrace,
    local,
    main_thread,
    setprofile,
    settrace,
    stack_size,
)
from threading import BoundedSemaphore as _TheirBoundedSemaphore  # noqa: F401 (as which ours go on when somebody asks for their insides)
from threading import Event as _TheirEvent  # noqa: F401
from threading import Semaphore as _TheirSemaphore  # noqa: F401
from typing import Any

from raddle._raddle import Barrier, BoundedSemaphore, Condition, Event, RLock, Semaphore

if sys.version_info >= (3, 12):
    from threading import setprofile_all_threads, settrace_all_threads
if sys.version_info >= (3, 13):
    from raddle._raddle import lock as Lock
else:
    from raddle._raddle import allocate_lock as Lock

__all__ = [
    "TIMEOUT_MAX",
    "Barrier",
    "BoundedSemaphore",
    "BrokenBarrierError",
    "Condition",
    "Event",
    "ExceptHookArgs",
    "Lock",
    "RLock",
    "Semaphore",
    "Thread",
    "ThreadError",
    "Timer",
    "activeCount",
    "active_count",
    "currentThread",
    "current_thread",
    "enumerate",
    "excepthook",
    "get_ident",
    "get_native_id",
    "getprofile",
    "gettrace",
    "local",
    "main_thread",
    "setprofile",
    "settrace",
    "stack_size",
]
if sys.version_info >= (3, 12):
    __all__ += ["setprofile_all_threads", "settrace_all_threads"]


class Timer(_threading.Timer):
    """Call a function after a specified number of seconds.

    t = Timer(30.0, f, args=None, kwargs=None)
    t.start()
    t.cancel()     # stop the timer's action if it's still waiting
    """

    def __init__(
        self,
        interval: float,
        function: Callable[..., object],
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        """Prepare the timer; `start` sets it off."""
        super().__init__(interval, function, args, kwargs)
        self.finished = Event()  # type: ignore[assignment]
