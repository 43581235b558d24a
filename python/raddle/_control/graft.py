"""Grafting: rewritten code put into functions that exist already, for a check inside a running process.

A module that was imported before nobody asked for its accesses is read again from its file, and each of its functions gets the
rewritten code of the same name and line, until the check is over. A function that shares variables with a call that is still
running keeps its own code: its accesses to those variables cannot be told from others.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType

from .importer import Importer


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
        for function in [found for found in gc.get_objects() if type(found) is FunctionType]:
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


def _nested(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _nested(constant)
