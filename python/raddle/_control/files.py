"""What tasks do with files: it happens, but nobody sees how one task's doing depends on another's."""

from __future__ import annotations

import os
import sys
from typing import Any

from raddle._raddle import control

from .containers import names

_EVENTS = names(
    "open os.link os.listdir os.mkdir os.remove os.rename os.rmdir os.scandir os.symlink os.truncate sqlite3.connect"
)
"""Audit events: https://docs.python.org/3/library/audit_events.html."""

_SHARED = frozenset({"sqlite3.connect"})
"""Those of what tasks share by nature, whoever made it and when."""

_SILENT = frozenset({"importlib", "linecache", "logging", "raddle", "tokenize", "zipimport"})
"""Packages whose files no program means anything by: what is imported, shown in a traceback or logged."""

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
    """Return what was done with files while other tasks could have come between."""
    return list(_seen)


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if event not in _EVENTS or not (control.has_company() or (event in _SHARED and control.in_execution())):
        return
    if event == "open" and (isinstance(args[0], int) or os.fsdecode(args[0]).endswith(".py")):
        # A stream of the process, or source that is shown in a traceback.
        return
    frame = sys._getframe(1)
    if frame.f_globals.get("__name__", "").partition(".")[0] in _SILENT:
        return
    while frame.f_back is not None and not control.is_users_file(frame.f_code.co_filename):
        frame = frame.f_back
    _seen[f"files ({event} at {os.path.relpath(frame.f_code.co_filename)}:{frame.f_lineno})"] = None
