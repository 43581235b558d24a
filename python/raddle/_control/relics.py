"""Relics: the interpreter's own locks, conditions and queues, made before Raddle's were in their place.

The tasks of an execution are one thread to them. A lock stops all tasks at once, a re-entrant one stops none, and neither says
what it does. So a function that names one, or names what has one, is not run: any answer about it could be wrong.
"""

from __future__ import annotations

import functools
import gc
import sys
from collections.abc import Iterable, Iterator
from types import CellType, CodeType, FunctionType, MethodType, ModuleType

from raddle import _install

from .graft import LEAVES
from .importer import nested
from .install import native_locks

_WRAPPERS = (MethodType, classmethod, functools.partial, functools.partialmethod, staticmethod)
_CONTAINERS = (dict, frozenset, list, set, tuple)


def relics(function: object, own: Iterable[str]) -> list[str]:
    """Return the relics that a function can get at by what the code of the user's own modules names."""
    search = _Search(own)
    search.look(getattr(function, "__name__", type(function).__name__), function)
    return search.found


class _Search:
    """Goes from one thing to the next."""

    def __init__(self, own: Iterable[str]) -> None:
        self.found: list[str] = []
        self._own = frozenset(own)
        self._seen: set[tuple[int, frozenset[str]]] = set()
        self._locks = {*native_locks, _install.natives["_queue"]["SimpleQueue"]}

    def look(self, label: str, thing: object) -> None:
        """Look at a thing and at all that it leads to."""
        pending: list[tuple[str, object, frozenset[str]]] = [(label, thing, frozenset())]
        while pending:
            label, thing, names = pending.pop()
            relic = self._relic(type(thing))
            key = (id(thing), frozenset() if relic else names)
            if key in self._seen:
                continue
            self._seen.add(key)
            if relic:
                self.found.append(f"the {relic} {label}, made before the check and before raddle.install(),")
            else:
                pending.extend(self._behind(label, thing, names))

    def _relic(self, kind: type) -> str:
        """Return what the interpreter calls a thing of its own of this kind, or ""."""
        for base in kind.__mro__:
            if base in self._locks:
                return base.__name__
            if base.__name__ in _install.NAMES.get(base.__module__, ()):
                return "" if getattr(sys.modules[base.__module__], base.__name__) is base else base.__name__
        return ""

    def _behind(self, label: str, thing: object, names: frozenset[str]) -> Iterator[tuple[str, object, frozenset[str]]]:
        """Return what a thing leads to; `names` is what the code that has got here names, if this is a module."""
        nothing: frozenset[str] = frozenset()
        if isinstance(thing, FunctionType):
            yield from self._behind_function(thing)
        elif isinstance(thing, ModuleType):
            if thing.__name__ in self._own:
                for name in sorted(names & vars(thing).keys()):
                    yield f"{thing.__name__}.{name}", vars(thing)[name], names
        elif isinstance(thing, type):
            if thing.__module__ in self._own:
                yield from ((f"{thing.__name__}.{name}", value, nothing) for name, value in list(vars(thing).items()))
                yield from ((base.__name__, base, nothing) for base in thing.__bases__)
        elif isinstance(thing, property):
            yield from ((label, part, nothing) for part in (thing.fget, thing.fset, thing.fdel))
        elif isinstance(thing, _WRAPPERS):
            parts = (getattr(thing, name, None) for name in ("__self__", "__func__", "func", "args", "keywords"))
            yield from ((label, part, nothing) for part in parts)
        elif isinstance(thing, _CONTAINERS):
            yield from ((label, part, nothing) for part in _inside(thing))
        elif type(thing).__module__ in self._own:
            yield type(thing).__name__, type(thing), nothing
            yield from ((f"{label}.{name}", value, nothing) for name, value in list(getattr(thing, "__dict__", {}).items()))
        elif isinstance(getattr(thing, "__wrapped__", None), FunctionType):
            yield label, thing.__wrapped__, nothing  # type: ignore[attr-defined]

    def _behind_function(self, function: FunctionType) -> Iterator[tuple[str, object, frozenset[str]]]:
        if function.__module__ not in self._own:
            return
        code = function.__code__
        codes: list[CodeType] = [code, *nested(code)]
        names = frozenset(name for part in codes for name in part.co_names)
        nothing: frozenset[str] = frozenset()
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            yield from ((name, value, nothing) for value in _content(cell))
        for name in sorted(names & function.__globals__.keys()):
            value = function.__globals__[name]
            yield name, value, names if isinstance(value, ModuleType) else nothing
        yield function.__name__, function.__defaults__ or (), nothing
        yield function.__name__, function.__kwdefaults__ or {}, nothing


def _inside(container: object) -> list[object]:
    """Return what is in a container, and in containers in it."""
    found: list[object] = []
    seen = {id(container)}
    level = [container]
    while level:
        parts = [part for part in gc.get_referents(*level) if type(part) not in LEAVES]
        found += [part for part in parts if not isinstance(part, _CONTAINERS)]
        level = [part for part in parts if isinstance(part, _CONTAINERS) and id(part) not in seen]
        seen.update(map(id, level))
    return found


def _content(cell: CellType) -> list[object]:
    try:
        return [cell.cell_contents]
    except ValueError:
        return []
