"""CPython's own `threading.Thread` on the virtual `_thread`: the few places where it needs to know.

Everything here is about bookkeeping that a program cannot mean anything by. The class itself, with all it promises, is CPython's.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import wraps
from itertools import count
from types import FunctionType
from typing import Any, Literal, ParamSpec, TypeVar

from raddle._raddle import Unwind, control

from .silent import Silencer

P = ParamSpec("P")
T = TypeVar("T")

_ordinals = count(1)


def next_ordinal() -> int:
    """Return a number for a new thread, the same in each execution."""
    return next(_ordinals)


def restart_ordinals() -> None:
    """Begin an execution's numbers."""
    global _ordinals
    _ordinals = count(1)


def adopt(silencer: Silencer) -> None:
    """Fit `threading` to tasks."""
    threading.__dict__["_raddle_started"] = control.started
    _rename_global(threading.Thread.__init__, "Event", "_raddle_started")
    threading.Thread.__hash__ = _hash  # type: ignore[method-assign, assignment]
    threading.excepthook = threading.__excepthook__ = _telling(threading.__excepthook__)
    threading._make_invoke_excepthook = lambda: _invoke_excepthook  # type: ignore[attr-defined]
    for name in ("active_count", "enumerate"):
        setattr(threading, name, _listing(getattr(threading, name), "looks"))
    thread: Any = threading.Thread
    thread.start = _listing(thread.start, "begins")
    thread._delete = _listing(thread._delete, "ends")
    silencer.silence(threading)
    if hasattr(threading.Thread, "_wait_for_tstate_lock"):
        _keep_handles()
    control.adopt_threading(threading)


def _rename_global(function: FunctionType | Callable[..., Any], old: str, new: str) -> None:
    """Let a function look up another global variable than the one it names."""
    assert isinstance(function, FunctionType)
    code = function.__code__
    function.__code__ = code.replace(co_names=tuple(new if name == old else name for name in code.co_names))


def _hash(self: threading.Thread) -> int:
    """A number by the order of creation: sets of threads are walked through alike in each execution."""
    try:
        ordinal: int = self.__dict__["_raddle_ordinal"]
    except KeyError:
        ordinal = self.__dict__["_raddle_ordinal"] = next(_ordinals)
    return ordinal


def _listing(function: Callable[P, T], how: Literal["looks", "begins", "ends"]) -> Callable[P, T]:
    """Announce that somebody looks at which threads there are, or that one begins or ends."""

    @wraps(function)
    def listing(*args: P.args, **kwargs: P.kwargs) -> T:
        control.list_threads(how)
        return function(*args, **kwargs)

    return listing


def _telling(excepthook: Callable[[threading.ExceptHookArgs], object]) -> Callable[[threading.ExceptHookArgs], None]:
    """Let the hook that only prints an exception tell of it first; a hook of the program's own deals with it."""

    @wraps(excepthook)
    def telling(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            control.uncaught(args.exc_value)
        excepthook(args)

    return telling


def _invoke_excepthook(thread: Any) -> None:
    """Do what CPython's function of this name does; but a task that only ends with its run has raised nothing."""
    if isinstance(sys.exc_info()[1], Unwind):
        return
    try:
        hook: Callable[[threading.ExceptHookArgs], object] | None = threading.excepthook
        (hook or threading.__excepthook__)(threading.ExceptHookArgs([*sys.exc_info(), thread]))
    except Exception as e:
        control.uncaught(e)
        e.__suppress_context__ = True
        print("Exception in threading.excepthook:", file=sys.stderr or thread._stderr, flush=True)
        sys.excepthook(type(e), e, e.__traceback__)


def _keep_handles() -> None:
    """Up to CPython 3.12 a thread forgets the lock that stands for its life when somebody has seen it end.

    Here whoever joins or asks later is told by the same lock, because for him it is the first time.
    """
    thread: Any = threading.Thread
    forgetting_wait, forgetting_look = thread._wait_for_tstate_lock, thread.is_alive

    def _wait_for_tstate_lock(self: Any, block: bool = True, timeout: float = -1) -> None:
        if type(self._tstate_lock) is not control._ThreadHandle:
            forgetting_wait(self, block, timeout)
        elif self._tstate_lock.acquire(block, timeout):
            self._is_stopped = True

    def is_alive(self: Any) -> bool:
        if not self._initialized or type(self._tstate_lock) is not control._ThreadHandle:
            return bool(forgetting_look(self))
        self._is_stopped = self._tstate_lock.is_done()
        return not self._is_stopped

    is_alive.__doc__ = forgetting_look.__doc__
    thread._wait_for_tstate_lock, thread.is_alive = _wait_for_tstate_lock, is_alive
