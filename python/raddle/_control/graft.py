"""Grafting: rewritten code put into functions that exist already, for a check inside a running process.

A module that was imported before nobody asked for its accesses is read again from its file, and each of its functions gets the
rewritten code of the same name and line, until the check is over. A function that shares variables with a call that is still
running keeps its own code: its accesses to those variables cannot be told from others.
"""

from __future__ import annotations

import gc
import sys
import sysconfig
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType

from .importer import Importer

_LEAVES = frozenset({str, bytes, int, float, bool, type(None), CodeType})
"""What leads to no function."""


class Graft:
    """The functions that run rewritten code for a while."""

    def __init__(self, importer: Importer) -> None:
        """Put rewritten code into the functions of all of the user's modules."""
        self.unseen: list[str] = []
        """Functions that keep their own code."""
        self.modules: list[str] = []
        """The modules whose functions were looked at."""
        self._originals: list[tuple[FunctionType, CodeType]] = []
        loaded = set(importer.user_modules())
        codes: dict[str, dict[tuple[str, int], CodeType]] = {}
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name in loaded or not isinstance(module, ModuleType) or not isinstance(file, str):
                continue
            if file.endswith(".py") and importer.is_own(name, file):
                self.modules.append(name)
                codes[file] = {(code.co_qualname, code.co_firstlineno): code for code in _nested(importer.compile_program(file))}
        for function in _functions():
            if function.__code__.co_name == "<module>":
                # A module whose code is still running: it does so once, before the check or around it.
                continue
            rewritten = codes.get(function.__code__.co_filename)
            if rewritten is not None:
                self._replace(function, rewritten.get((function.__code__.co_qualname, function.__code__.co_firstlineno)))

    def _replace(self, function: FunctionType, code: CodeType | None) -> None:
        if code is None or code.co_freevars != function.__code__.co_freevars:
            self.unseen.append(function.__qualname__)
            return
        self._originals.append((function, function.__code__))
        function.__code__ = code

    def undo(self) -> None:
        """Give the functions their own code back."""
        for function, code in self._originals:
            function.__code__ = code
        self._originals.clear()


def _functions() -> list[FunctionType]:
    """All functions that there are."""
    known = gc.get_objects()
    if not gc.get_freeze_count() and not sysconfig.get_config_var("Py_GIL_DISABLED"):
        return [found for found in known if type(found) is FunctionType]
    # The collector does not tell of what was frozen, nor of the functions and classes that free-threaded Python 3.13 makes
    # immortal when the first thread is started: they are found by what leads to them.
    modules = [vars(module) for module in list(sys.modules.values()) if isinstance(module, ModuleType)]
    everything = {id(found): found for found in [*known, *modules]}
    reached = list(everything.values())
    while reached:
        further = {id(found): found for found in gc.get_referents(*reached) if type(found) not in _LEAVES}
        reached = [found for key, found in further.items() if key not in everything]
        everything |= further
    return [found for found in everything.values() if type(found) is FunctionType]


def _nested(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _nested(constant)
