"""What is silent: code whose own locks are nobody's business, because no program means anything by their order.

A silent lock still excludes. But taking it is no operation: no other task is chosen in between, and nothing is ordered by it.
A task waits at one only where its holder stands still inside, at an operation of the user's: in a handler for log messages
that takes a lock of his, in a module of his that is being imported.

The rule: locks that the standard library makes for itself are silent. What it offers to programs is not: `threading`, `queue`
and `concurrent.futures` are Raddle's own there, and so is the lock of a handler for log messages whose class is the program's:
its code runs under that. Nothing has to be done for `print`: the streams lock in C, around calls that
reach no point, and a stream written in Python is the user's code.
"""

from __future__ import annotations

import functools
import sys
from types import ModuleType
from typing import Any

from raddle import _raddle
from raddle._raddle import control

from .naming import is_users

REASONS = {
    "_frozen_importlib": "imports: a module is loaded once, whoever needs it first",
    "threading": "the list of threads, and what `start` and `join` keep for themselves",
    "logging": "a message is formatted and written in one piece",
    "logging.config": "the configuration is put in place in one piece",
    "logging.handlers": "as logging",
    "functools": "caches: a result is stored once, whoever computes it first",
    "tempfile": "the names that were given out",
    "random": "the generator that all share",
    "warnings": "the filters",
    "_strptime": "the cache of formats",
    "reprlib": "who is inside a recursive repr",
    "re": "the cache of patterns",
    "linecache": "the cache of sources",
    "weakref": "finalizers",
    "zipfile": "the position in the file",
    "subprocess": "the wait for a child, which is uncontrolled anyway",
    "asyncio": "the event loop, which is uncontrolled anyway",
    "multiprocessing": "other processes, which are uncontrolled anyway",
    "socketserver": "sockets, which are uncontrolled anyway",
    "sched": "the queue of events, whose run loop sleeps where others can see it",
    "unittest": "the runner's own signals and results",
    "shelve": "the database behind it",
    "mimetypes": "the tables that are read once",
    "gettext": "the catalogues that are read once",
    "codecs": "the registry",
    "pdb": "the debugger's own",
    "concurrent": "whether the interpreter exits; the pools are Raddle's",
}
"""Why, for the modules of the standard library that have locks of their own; any other module of it is treated alike."""

_OFFERED = frozenset({"threading", "queue", "concurrent"})
"""What the standard library offers to programs: only the locks that it has made for itself are silent there."""
_TAKEN = frozenset({"_thread", "time", "builtins", "__main__"})
"""Modules whose names control has taken itself, or that have none."""


class _Quiet:
    """A module as silent code sees it: itself, but for its locks."""

    __slots__ = ("_locks", "_module")

    def __init__(self, module: ModuleType, locks: dict[str, object]) -> None:
        object.__setattr__(self, "_module", module)
        object.__setattr__(self, "_locks", locks)

    def __getattr__(self, name: str) -> Any:
        return self._locks[name] if name in self._locks else getattr(self._module, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._module, name, value)

    def __dir__(self) -> list[str]:
        return dir(self._module)


class Silencer:
    """Makes the locks of the standard library's modules silent, once for each module."""

    def __init__(self, natives: dict[str, Any]) -> None:
        """`natives` is what stood in the places that control has taken."""
        thread = sys.modules["_thread"]
        threading = sys.modules["threading"]
        lock, rlock = control.QuietLock, control.QuietRLock
        self._replacements = {
            id(thread): _Quiet(thread, {"allocate_lock": lock, "allocate": lock, "lock": lock, "RLock": rlock}),
            id(threading): _Quiet(threading, {"Lock": lock, "RLock": rlock}),
            id(_raddle.lock): lock,
            id(_raddle.allocate_lock): lock,
            id(_raddle.RLock): rlock,
        }
        self._locks = (_raddle.lock, type(natives["allocate_lock"]()))
        self._rlocks = (_raddle.RLock, natives["RLock"])

    def covers(self, name: str) -> bool:
        """Whether the locks of the module are silent."""
        return name.partition(".")[0] in sys.stdlib_module_names and name not in _TAKEN

    def silence(self, module: ModuleType) -> None:
        """Replace the locks that the module has made, and the ways in which it will make more."""
        is_offered = module.__name__.partition(".")[0] in _OFFERED
        for name, value in list(vars(module).items()):
            if id(value) in self._replacements and not is_offered:
                setattr(module, name, self._replacements[id(value)])
            else:
                quiet = self.quiet(value)
                if quiet is not None:
                    setattr(module, name, quiet)
        if module.__name__ == "logging":
            _leave_to_handlers(module)

    def quiet(self, lock: object) -> object | None:
        """Return a silent lock for one that is not; None for anything else."""
        quiet: object | None = None
        if isinstance(lock, self._locks):
            quiet = control.QuietLock()
        elif isinstance(lock, self._rlocks):
            quiet = control.QuietRLock()
        return quiet


def _leave_to_handlers(logging: Any) -> None:
    """Let handlers whose class is the program's own have locks like any other."""
    make = logging.Handler.createLock

    @functools.wraps(make)
    def create_lock(self: Any) -> None:
        make(self)
        if is_users(self):
            self.lock = _raddle.RLock()

    logging.Handler.createLock = create_lock
