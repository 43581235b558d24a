"""Code that a program makes from text while it runs: nobody has rewritten it, so nobody knows what it accesses."""

from __future__ import annotations

import os
from types import CodeType, FrameType
from typing import Any

from raddle._raddle import control

from .audit import Audit, users_frame

_EVENTS = frozenset({"exec", "function.__new__"})

_RUNNERS = frozenset({"bdb", "cProfile", "code", "doctest", "profile", "runpy", "timeit", "trace"})
"""The standard library's modules that run the program's text; what others make from text is their own."""


def _tell(_: str, args: tuple[Any, ...], frame: FrameType) -> str:
    if not control.in_execution():
        return ""
    code, module = args[0], frame.f_globals.get("__name__", "").partition(".")[0]
    is_users = control.is_users_file(frame.f_code.co_filename)
    if not isinstance(code, CodeType) or not (is_users or module in _RUNNERS):
        return ""
    if control.is_users_file(code.co_filename) and code.co_name != "<module>":
        # One of the program's own functions.
        return ""
    return f"the text that {os.path.basename(users_frame(frame).f_code.co_filename)} runs as code"


AUDIT = Audit(_EVENTS, _tell)
"""What was run that is in no module's source."""


def is_text(file: str) -> bool:
    """Whether code that names this file was made from text."""
    return file.startswith("<") and not file.startswith("<frozen ")


def is_made_for_classes(code: CodeType, module: str) -> bool:
    """Whether code was made from text by the standard library: the methods of data classes and of named tuples."""
    return code.co_qualname.startswith("__create_fn__") or module.startswith("namedtuple_")
