"""Code that a program makes from text while it runs: nobody has rewritten it, so nobody knows what it accesses."""

from __future__ import annotations

import os
import sys
from types import CodeType
from typing import Any

from raddle._raddle import control

_EVENTS = frozenset({"exec", "function.__new__"})
"""Audit events: https://docs.python.org/3/library/audit_events.html."""

_RUNNERS = frozenset({"bdb", "cProfile", "code", "doctest", "profile", "runpy", "timeit", "trace"})
"""The standard library's modules that run the program's text; what others make from text is their own."""

_seen: dict[str, None] = {}
_is_installed = False


def watch() -> None:
    """Begin a program: nothing has been seen yet."""
    global _is_installed
    _seen.clear()
    if not _is_installed:
        # There is no way to take it out again; outside of executions it costs one look-up for each event.
        sys.addaudithook(_hear)
        _is_installed = True


def seen() -> list[str]:
    """Return what was run that is in no module's source."""
    return list(_seen)


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if event not in _EVENTS or not control.in_execution():
        return
    frame, code = sys._getframe(1), args[0]
    module = frame.f_globals.get("__name__", "").partition(".")[0]
    is_users = control.is_users_file(frame.f_code.co_filename)
    if not isinstance(code, CodeType) or not (is_users or module in _RUNNERS):
        return
    if control.is_users_file(code.co_filename) and code.co_name != "<module>":
        # One of the program's own functions.
        return
    while frame.f_back is not None and not control.is_users_file(frame.f_code.co_filename):
        frame = frame.f_back
    _seen[f"the text that {os.path.basename(frame.f_code.co_filename)} runs as code"] = None


def is_text(file: str) -> bool:
    """Whether code that names this file was made from text."""
    return file.startswith("<") and not file.startswith("<frozen ")


def is_made_for_classes(code: CodeType, module: str) -> bool:
    """Whether code was made from text by the standard library: the methods of data classes and of named tuples."""
    return code.co_qualname.startswith("__create_fn__") or module.startswith("namedtuple_")
