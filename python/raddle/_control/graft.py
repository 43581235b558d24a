"""Grafting: rewritten code put into functions that exist already, for a check inside a running process.

A module that was imported before nobody asked for its accesses is read again from its file, and each of its functions gets the
rewritten code of the same name and line, until the check is over. A function that shares variables with a call that is still
running keeps its own code: its accesses to those variables cannot be told from others.
"""

from __future__ import annotations

import gc
import sys
import sysconfig
from types import CodeType, FunctionType, ModuleType

from .importer import Importer, nested

LEAVES = frozenset({str, bytes, int, float, bool, type(None), CodeType})
"""What leads to no function, and to nothing that a function could use."""


class Graft:
    """The functions that run rewritten code for a while."""

    def __init__(self, importer: Importer) -> None:
        """Put rewritten code into the functions of all of the user's modules."""
        self.unseen: list[str] = []
        """Functions that keep their own code."""
        self.modules: list[str] = []
        """The modules whose functions were looked at."""
        self._originals: list[tuple[FunctionType, CodeType]] = []
        self._importer = importer
        self._codes: dict[str, dict[tuple[str, int], list[CodeType]] | None] = {}
        """The rewritten code of each file by name and line; None for a file that is not to be rewritten, or cannot be."""
        loaded = set(importer.user_modules())
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if not isinstance(module, ModuleType) or not isinstance(file, str):
                continue
            if name in loaded:
                self._codes[file] = None
            elif file.endswith(".py") and importer.is_own(name, file):
                self.modules.append(name)
        for function in _functions():
            code = function.__code__
            # A module whose code is still running does so once, before the check or around it.
            rewritten = self._of(code.co_filename) if code.co_name != "<module>" else None
            if rewritten is not None:
                self._replace(function, rewritten.get((code.co_qualname, code.co_firstlineno), []))

    def _of(self, file: str) -> dict[tuple[str, int], list[CodeType]] | None:
        if file not in self._codes:
            self._codes[file] = self._rewritten(file)
        return self._codes[file]

    def _rewritten(self, file: str) -> dict[tuple[str, int], list[CodeType]] | None:
        if not file.endswith(".py") or not self._importer.is_own("", file):
            return None
        try:
            module = self._importer.compile_module(file)
        except OSError:
            # It is in an archive, or not there any more.
            return None
        if module is None:
            return None
        codes: dict[tuple[str, int], list[CodeType]] = {}
        for code in nested(module):
            codes.setdefault((code.co_qualname, code.co_firstlineno), []).append(code)
        return codes

    def _replace(self, function: FunctionType, codes: list[CodeType]) -> None:
        own = function.__code__
        if own in codes:
            return
        # Lambdas may share a line.
        fitting = codes if len(codes) == 1 else [code for code in codes if _end(code) == _end(own)]
        if len(fitting) != 1 or fitting[0].co_freevars != own.co_freevars:
            self.unseen.append(function.__qualname__)
            return
        self._originals.append((function, own))
        function.__code__ = fitting[0]

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
        further = {id(found): found for found in gc.get_referents(*reached) if type(found) not in LEAVES}
        reached = [found for key, found in further.items() if key not in everything]
        everything |= further
    return [found for found in everything.values() if type(found) is FunctionType]


def _end(code: CodeType) -> tuple[int, int]:
    """Return the last position in the source that an instruction has."""
    return max((line or 0, column or 0) for _, line, _, column in code.co_positions())
