"""What the user calls an object: its name, or the shortest way to it from a variable, looked for when a finding is written."""

from __future__ import annotations

import gc
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from threading import Thread
from types import FrameType, ModuleType
from typing import Any

from raddle._raddle import Condition, control

_LOOKED_AT = 20_000
"""At most so many objects are looked at."""
_ITEMS = 200
"""So many items of a container."""
_DEPTH = 4
"""So many steps from a variable."""
_GIVEN = -1
"""Fewer steps than any."""
_KEYS = (str, int, bytes, bool, type(None))


def names(numbers: Iterable[int], modules: Iterable[str], frames: Iterable[FrameType]) -> dict[int, str]:
    """Return names for objects, by their numbers: what modules of the user and live calls have variables for.

    A name that means one of the objects only is better than one that means several (`left` in each of three calls);
    among those what the program has named it, then what has the fewest steps, and a module's variable before a call's.
    """
    candidates: dict[int, list[tuple[int, str]]] = {number: [] for number in numbers}
    seen: set[int] = set()
    for place, name in enumerate(modules):
        module = sys.modules.get(name)
        if isinstance(module, ModuleType):
            # The first is the program itself.
            prefix = "" if place == 0 else f"{name}."
            _walk([(f"{prefix}{key}", value) for key, value in list(vars(module).items())], candidates, seen)
    calls: list[tuple[str, Any]] = []
    for frame in frames:
        inner: FrameType | None = frame
        while inner is not None:
            if inner.f_code.co_name != "<module>" and control.is_users_file(inner.f_code.co_filename):
                calls.extend(list(inner.f_locals.items()))
            inner = inner.f_back
    _walk(calls, candidates, seen)
    meanings: dict[str, set[int]] = {}
    for number, found in candidates.items():
        for _, name in found:
            meanings.setdefault(name, set()).add(number)
    called = {
        number: min(found, key=lambda candidate: (len(meanings[candidate[1]]), candidate[0]))[1]
        for number, found in candidates.items()
        if found
    }
    return called | _given(candidates.keys() - called.keys())


def _given(numbers: AbstractSet[int]) -> dict[int, str]:
    """Return the names that the program has given to these objects, which no variable leads to."""
    given: dict[int, str] = {}
    for value in [*gc.get_objects(), *control.named_objects()] if numbers else []:
        # Whoever names the condition means its lock as well, unless that has a name of its own.
        for part in (value, value._lock) if issubclass(type(value), Condition) else (value,):
            number = control.object_number(part)
            if number in numbers:
                name = _given_to(value)
                if name is not None:
                    given[number] = name
    return given


def _given_to(value: Any) -> str | None:
    """Return the name that the program has given to an object, if that says anything."""
    name = getattr(value, "name", None)
    return name if isinstance(name, str) and name else None


def _walk(variables: list[tuple[str, Any]], candidates: dict[int, list[tuple[int, str]]], seen: set[int]) -> None:
    """Look for the candidates' objects behind the variables, nearest first."""
    todo = deque((name, value, 0) for name, value in variables)
    while todo and len(seen) < _LOOKED_AT:
        name, value, steps = todo.popleft()
        number = control.object_number(value)
        if number in candidates:
            given = _given_to(value)
            candidates[number] += [(steps, name)] if given is None else [(_GIVEN, given), (steps, name)]
        if id(value) not in seen:
            seen.add(id(value))
            if steps < _DEPTH:
                todo.extend((inner, part, steps + 1) for inner, part in _parts(name, value))


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what is one step from the value, without running any code of its class."""
    kind = type(value)
    if isinstance(value, Condition):
        # Whoever names the condition means its lock as well.
        yield _given_to(value) or name, value._lock
    if isinstance(value, Thread):
        yield name, vars(value).get("_tstate_lock") or vars(value).get("_handle")
    if issubclass(kind, dict):
        for key, item in list(dict.items(value))[:_ITEMS]:
            if type(key) in _KEYS:
                yield f"{name}[{key!r}]", item
    elif issubclass(kind, list | tuple):
        base: Any = kind.__mro__[-2]
        for index, item in enumerate(base.__getitem__(value, slice(_ITEMS))):
            yield f"{name}[{index}]", item
    elif issubclass(kind, deque):
        for index, item in enumerate(list(deque.copy(value))[:_ITEMS]):
            yield f"{name}[{index}]", item
    if isinstance(value, ModuleType) or not is_users(value):
        return
    try:
        attributes = object.__getattribute__(value, "__dict__")
    except AttributeError:
        attributes = {}
    for attribute, part in list(attributes.items()):
        if isinstance(attribute, str) and not attribute.startswith("__"):
            yield f"{name}.{attribute}", part
    if not isinstance(value, type):
        for base in kind.__mro__:
            slots = base.__dict__.get("__slots__", ())
            for slot in (slots,) if isinstance(slots, str) else slots:
                descriptor = base.__dict__.get(slot)
                if descriptor is not None and type(descriptor).__name__ == "member_descriptor":
                    try:
                        yield f"{name}.{slot}", descriptor.__get__(value)
                    except AttributeError:
                        continue


def is_users(value: Any) -> bool:
    """Whether the value, or its class, was made by a module of the user."""
    home = value if isinstance(value, type) else type(value)
    for base in home.__mro__:
        module = sys.modules.get(base.__module__)
        if control.is_users_file(getattr(module, "__file__", None) or ""):
            return True
    return False
