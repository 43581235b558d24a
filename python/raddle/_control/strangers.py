"""Strangers: code that a function under control runs though nobody has rewritten it, so that nobody knows what it accesses.

What was imported before a check, from elsewhere than the working directory or without a source file, cannot be told by its
imports. It is noticed when it runs.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from types import CodeType, FrameType
from typing import Any, Literal

from raddle._raddle import control

from .importer import INSTALLED, Importer, is_inside, nested
from .texts import is_made_for_classes, is_text

Origin = Literal["ours", "standard", "installed", "elsewhere"]

_STANDARD = [os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
_INSTALLED = [os.path.realpath(sysconfig.get_path(name)) for name in ("purelib", "platlib")]
_OURS = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def origin(file: str) -> Origin:
    """Return where a file that is not the user's own comes from."""
    folder = os.path.realpath(os.path.dirname(file))
    if is_inside(folder, _OURS):
        return "ours"
    if any(is_inside(folder, place) for place in _INSTALLED) or not INSTALLED.isdisjoint(folder.split(os.sep)):
        return "installed"
    return "standard" if any(is_inside(folder, place) for place in _STANDARD) else "elsewhere"


class Strangers:
    """What ran without being rewritten."""

    def __init__(self, importer: Importer) -> None:
        """Take note from now on of what runs in executions."""
        self._importer = importer
        self._rewritten: dict[str, set[CodeType] | None] = {}
        """The code of each file of the user's that ran; None where nobody needs to know what a file accesses."""
        self._found: dict[str, None] = {}
        self._tool: int | None = None
        self._is_looking = True
        if sys.version_info >= (3, 12):
            self._monitor()

    def found(self) -> list[str]:
        """Return what was found."""
        return list(self._found)

    def enter(self) -> None:
        """Begin an execution: take note of what its tasks run."""
        if sys.version_info < (3, 12) and self._is_looking:
            threading.setprofile(self._profiled)
            sys.setprofile(self._profiled)

    def leave(self) -> None:
        """Look no further, where it costs something: what the first execution does not run, others seldom do."""
        if sys.version_info < (3, 12) and self._is_looking:
            self._is_looking = False
            sys.setprofile(None)
            threading.setprofile(None)

    def restore(self) -> None:
        """Take note of nothing any more."""
        if sys.version_info >= (3, 12) and self._tool is not None:
            sys.monitoring.set_events(self._tool, 0)
            sys.monitoring.free_tool_id(self._tool)

    if sys.version_info >= (3, 12):

        def _monitor(self) -> None:
            monitoring = sys.monitoring
            events = monitoring.events
            self._tool = next((tool for tool in (4, 3, 5, 2, 0, 1) if monitoring.get_tool(tool) is None), None)
            if self._tool is None:
                self._found["whatever is not rewritten, because sys.monitoring has no tool left to tell of it"] = None
                return
            monitoring.use_tool_id(self._tool, "raddle")
            for event in (events.PY_START, events.PY_RESUME):
                monitoring.register_callback(self._tool, event, self._started)
            monitoring.set_events(self._tool, events.PY_START | events.PY_RESUME)
            # What an earlier check knew already, this one has to see.
            monitoring.restart_events()

        def _started(self, code: CodeType, _offset: int) -> object:
            """Look at code that has just begun or gone on; once is enough."""
            if self._codes(code.co_filename) is not None:
                if not control.in_execution():
                    return None
                self._look_at(sys._getframe(1))
            return sys.monitoring.DISABLE

    def _profiled(self, frame: FrameType, event: str, _argument: Any) -> None:
        if not self._is_looking:
            sys.setprofile(None)
        elif event == "call" and self._codes(frame.f_code.co_filename) is not None and control.in_execution():
            self._look_at(frame)

    def _codes(self, file: str) -> set[CodeType] | None:
        """Return all the code of a file that is rewritten; None if it is the interpreter's, or ours, or no file."""
        if file not in self._rewritten:
            codes: set[CodeType] | None = None
            if control.is_users_file(file):
                codes = self._of_user(file)
            elif is_text(file) or (not file.startswith("<") and origin(file) not in ("ours", "standard")):
                codes = set()
            self._rewritten[file] = codes
        return self._rewritten[file]

    def _of_user(self, file: str) -> set[CodeType]:
        try:
            code = self._importer.compile_module(file)
        except OSError:
            return set()
        return {code, *nested(code)} if code is not None else set()

    def _look_at(self, frame: FrameType) -> None:
        code = frame.f_code
        if code in (self._codes(code.co_filename) or ()) or code.co_name == "<module>":
            return
        name = frame.f_globals.get("__name__", "")
        if is_text(code.co_filename):
            if is_made_for_classes(code, name):
                return
            found = f"{code.co_qualname}, which was made from text,"
        elif control.is_users_file(code.co_filename):
            found = code.co_qualname
        elif origin(code.co_filename) == "installed":
            found = f"the installed package {name.partition('.')[0]}"
        else:
            found = f"module {name}"
        self._found[found] = None
