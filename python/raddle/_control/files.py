"""What tasks do with files: it happens, but nobody sees how one task's doing depends on another's."""

from __future__ import annotations

import os
from types import FrameType
from typing import Any

from raddle._raddle import control

from .audit import Audit, users_frame
from .containers import names

_EVENTS = names(
    "open os.link os.listdir os.mkdir os.remove os.rename os.rmdir os.scandir os.symlink os.truncate sqlite3.connect"
)

_SHARED = frozenset({"sqlite3.connect"})
"""Those of what tasks share by nature, whoever made it and when."""

_SILENT = frozenset({"ast", "importlib", "linecache", "logging", "raddle", "tokenize", "zipimport"})
"""Packages whose files no program means anything by: what is imported, parsed, shown in a traceback or logged."""


def _tell(event: str, args: tuple[Any, ...], frame: FrameType) -> str:
    if not (control.has_company() or (event in _SHARED and control.in_execution())):
        return ""
    if event == "open" and (isinstance(args[0], int) or os.fsdecode(args[0]).endswith(".py")):
        # A stream of the process, or source that is shown in a traceback.
        return ""
    if frame.f_globals.get("__name__", "").partition(".")[0] in _SILENT:
        return ""
    frame = users_frame(frame)
    return f"files ({event} at {os.path.relpath(frame.f_code.co_filename)}:{frame.f_lineno})"


AUDIT = Audit(_EVENTS, _tell)
"""What was done with files while other tasks could have come between."""
