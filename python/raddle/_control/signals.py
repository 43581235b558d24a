"""Signals under control: Ctrl-C stays ours, and what an execution sets is put back after it."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import contextlib
import functools
import os
from collections.abc import Iterator
from typing import Any

from raddle._raddle import control

_SIGINT = int(_signal.SIGINT)
_set_natively: Any = _signal.signal
_get_natively: Any = _signal.getsignal
_set: dict[int, Any] = {}
"""What stood before the execution set a handler."""
_listeners: list[int] = []
"""Where the thread that hears of signals listens."""
_own: list[Any] = []
"""The program's handler of SIGINT, which is only kept for it."""


def install() -> None:
    """Let only the main task set handlers: to the interpreter every task is the main thread."""
    if _signal.signal is _signal_signal:
        return
    functools.update_wrapper(_signal_signal, _set_natively, updated=())
    functools.update_wrapper(_signal_getsignal, _get_natively, updated=())
    vars(_signal).update(signal=_signal_signal, getsignal=_signal_getsignal)


def heed() -> None:
    """Take Ctrl-C over, for the whole life of the command."""
    if not _listeners:
        _listeners.append(control.listen_to_signals())
        os.set_blocking(_listeners[0], False)
    _set_natively(_SIGINT, control.interrupted)
    _signal.set_wakeup_fd(_listeners[0], warn_on_full_buffer=False)


@contextlib.contextmanager
def heeded(is_main: bool) -> Iterator[None]:
    """Take Ctrl-C over for a while; only the main thread can."""
    if not is_main:
        yield
        return
    before = _get_natively(_SIGINT), _signal.set_wakeup_fd(-1)
    heed()
    try:
        yield
    finally:
        _set_natively(_SIGINT, before[0])
        _signal.set_wakeup_fd(before[1])


def restore() -> None:
    """Put back what the last execution changed."""
    for number, handler in _set.items():
        _set_natively(number, handler)
    _set.clear()
    _own[:] = [_signal.default_int_handler]


def _signal_signal(signalnum: Any, handler: Any, /) -> Any:
    if not control.in_execution():
        return _set_natively(signalnum, handler)
    if not control.is_main_task():
        raise ValueError("signal only works in main thread of the main interpreter")
    if int(signalnum) == _SIGINT:
        before, _own[0] = _own[0], handler
        return before
    before = _set_natively(signalnum, handler)
    _set.setdefault(int(signalnum), before)
    return before


def _signal_getsignal(signalnum: Any, /) -> Any:
    if control.in_execution() and int(signalnum) == _SIGINT:
        return _own[0]
    return _get_natively(signalnum)
