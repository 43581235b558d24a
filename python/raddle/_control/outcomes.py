"""Outcomes: what a test would say now.

It is computed from what the extension finds at the places that the test has read, with nothing but compiled code of the
interpreter's own: no line of the program's runs, nothing is announced, and what cannot be known that way is unknown.
"""

from __future__ import annotations

import operator
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from types import WrapperDescriptorType
from typing import Any

from .conditions import Tree

Recall = Callable[[int], tuple[str, Any, Any] | None]
"""Tells what is to be found at a site.

None if the task was not there; else the owner of the place that it read, and what is there now: `is` and the value, `missing`, or
`unknown`; or `kept` and the value that was seen there.
"""

Attribute = Callable[[Any, str], tuple[str, Any]]
"""Looks up an attribute where that runs no code."""

_MOST = 10_000
"""So many items of a container are looked at."""

_SCALARS = frozenset({bool, bytes, complex, float, int, range, str, type(None)})
_CONTAINERS = frozenset({OrderedDict, defaultdict, deque, dict, frozenset, list, set, tuple})
_MAPPINGS = frozenset({OrderedDict, defaultdict, dict})
_HASHED = _MAPPINGS | {frozenset, set, type({}.keys())}
_NOTHING = object()
_VIEWS = frozenset({type({}.keys()), type({}.values()), type({}.items())})
_BUILTINS: list[Callable[..., Any]] = [
    *(abs, dict, enumerate, frozenset, int, list, max, min, range, set, sorted, str, sum, tuple, zip)
]
_NAMED: dict[str, Callable[..., Any]] = {function.__name__: function for function in _BUILTINS}
_DISPLAYS: dict[str, Callable[[list[Any]], Any]] = {"dict": dict, "list": list, "set": set, "tuple": tuple}


class Unknown(Exception):
    """What was asked for cannot be known."""


class Missing(Unknown):
    """There is nothing at the place."""


def outcome(tree: Tree, read: int, recall: Recall, attribute: Attribute) -> bool | None:
    """Return how the test would come out now, or None; `read` is the access that made it worth asking."""
    try:
        return _truth(_Evaluation(read, recall, attribute).value(tree))
    except Exception:
        # Whatever goes wrong on the way: nothing is known.
        return None


class _Evaluation:
    def __init__(self, read: int, recall: Recall, attribute: Attribute) -> None:
        self._read = read
        self._recall = recall
        self._lookup = attribute
        self._variables: dict[str, Any] = {}

    def value(self, tree: Tree) -> Any:
        return getattr(self, f"_{tree[0]}")(*tree[1:])

    def _constant(self, value: Any) -> Any:
        return value

    def _variable(self, name: str) -> Any:
        return self._variables[name]

    def _unknown(self) -> Any:
        raise Unknown

    def _holds(self, tree: Tree) -> Any:
        return self.value(tree)

    def _current(self, site: int) -> tuple[str, Any, Any] | None:
        """Return what is to be found at a site, if that is known; nothing is where it is outdated."""
        found = self._recall(site) if site else None
        if found is not None and found[0] == "outdated":
            raise Unknown
        return found

    # Leaves

    def _seen(self, site: int) -> Any:
        found = self._recall(site) if site else None
        if found is None or found[0] != "kept":
            raise Unknown
        return found[1]

    def _local(self, seen: int, whole: int, tree: Tree) -> Any:
        # A variable keeps its value; only where that is what the test is about, it would be looked up again.
        return self.value(tree) if self._read in _numbers(tree) else self._at(None, seen, whole)

    def _value(self, seen: int, load: int, whole: int, holder: Tree | None, name: str) -> Any:
        found = self._current(load)
        if holder is not None:
            try:
                word, value = self._lookup(self.value(holder), name)
            except Unknown:
                pass
            else:
                if word != "unknown":
                    return _found(word, value)
        return self._at(found, seen, whole)

    def _item(self, seen: int, load: int, whole: int, container: Tree, key: Tree) -> Any:
        found = self._current(load)
        try:
            inside = self.value(container)
            if type(inside) in _MAPPINGS:
                item = dict.get(inside, self._key(self.value(key)), _NOTHING)
            elif type(inside) in (deque, list, tuple):
                item = inside[self._plain(self.value(key))]
            else:
                raise Unknown
            if item is _NOTHING:
                raise Unknown if type(inside) is defaultdict else Missing
            return item
        except IndexError:
            raise Missing from None
        except Missing:
            raise
        except Unknown:
            pass
        return self._at(found, seen, whole)

    def _at(self, found: tuple[str, Any, Any] | None, seen: int, whole: int) -> Any:
        if found is not None and found[0] != "unknown":
            return _found(found[0], found[1])
        if seen and (kept := self._recall(seen)) is not None and kept[0] == "kept":
            return kept[1]
        if whole and (container := self._recall(whole)) is not None and container[0] != "outdated":
            return container[2]
        raise Unknown

    def _asked(self) -> Any:
        found = self._recall(self._read)
        if found is not None and found[0] == "missing":
            return _NOTHING
        return _found(*found[:2]) if found is not None else self._unknown()

    def _missing(self, site: int) -> bool:
        found = self._recall(site) if site else None
        if found is None or found[0] not in ("is", "missing"):
            raise Unknown
        return found[0] == "missing"

    def _attribute(self, site: int, default: Tree | None) -> Any:
        found = self._recall(site) if site else None
        if found is not None and found[0] == "missing" and default is not None:
            return self.value(default)
        return _found(*found[:2]) if found is not None else self._unknown()

    # Operations

    def _surely(self, tree: Tree) -> bool:
        """Return whether something is known to hold."""
        try:
            return _truth(self.value(tree))
        except Unknown:
            return False

    def _and(self, parts: Iterable[Tree]) -> Any:
        return self._first(parts, False)

    def _or(self, parts: Iterable[Tree]) -> Any:
        return self._first(parts, True)

    def _first(self, parts: Iterable[Tree], decisive: bool) -> Any:
        """Return the first part whose truth decides, or the last: what is unknown may not decide, another part may."""
        unknown, value = False, None
        for part in parts:
            try:
                value = self.value(part)
                if _truth(value) is decisive:
                    return value
            except Unknown:
                unknown = True
        if unknown:
            raise Unknown
        return value

    def _not(self, tree: Tree) -> bool:
        return not _truth(self.value(tree))

    def _if(self, test: Tree, chosen: Tree, other: Tree) -> Any:
        return self.value(chosen if _truth(self.value(test)) else other)

    def _operator(self, name: str, operands: Iterable[Tree]) -> Any:
        values = [self.value(operand) for operand in operands]
        if name in ("is_", "is_not"):
            return getattr(operator, name)(*values)
        # Objects that equal nothing else may be among what is compared for that, and that alone.
        objects = name in ("eq", "ne")
        return getattr(operator, name)(*[self._plain(value, objects=objects) for value in values])

    def _in(self, site: int, item: Tree, container: Tree) -> bool:
        found = self._current(site)
        try:
            inside = self.value(container)
        except Unknown:
            inside = found[2] if found is not None else None
            if found is not None and found[0] in ("is", "missing"):
                return found[0] == "is"
        if type(inside) not in _CONTAINERS and type(inside) not in _VIEWS and type(inside) not in (bytes, range, str):
            if found is not None and found[0] in ("is", "missing"):
                return found[0] == "is"
            raise Unknown
        sought = self.value(item)
        if type(inside) in _HASHED:
            return self._key(sought) in inside
        return self._plain(sought, objects=True) in self._plain(inside, objects=True)

    def _call(self, name: str, arguments: Iterable[Tree]) -> Any:
        values = [self.value(argument) for argument in arguments]
        if name == "bool":
            return _truth(*values)
        if name in ("all", "any"):
            truths = list(map(_truth, _items(values[0])))
            return all(truths) if name == "all" else any(truths)
        if name == "len":
            return _length(values[0])
        objects = name in ("enumerate", "list", "tuple", "zip")
        result = _NAMED[name](*[self._plain(value, objects=objects) for value in values])
        return list(result) if name in ("enumerate", "zip") else result

    def _method(self, site: int, name: str, receiver: Tree, arguments: tuple[Tree, ...]) -> Any:
        found = self._current(site)
        try:
            value = self.value(receiver)
        except Unknown:
            value = found[2] if found is not None else None
        if type(value) in _MAPPINGS and name == "get":
            key, *others = [self.value(argument) for argument in arguments]
            return dict.get(value, self._key(key), *others)
        if type(value) in _MAPPINGS and name in ("items", "keys", "values"):
            return getattr(value, name)()
        if type(value) in _SCALARS | _CONTAINERS:
            given = [self._plain(self.value(argument)) for argument in arguments]
            return getattr(self._plain(value), name)(*given)
        if name == "get" and found is not None and found[0] in ("is", "missing"):
            return found[1] if found[0] == "is" else self.value(arguments[1]) if len(arguments) > 1 else None
        raise Unknown

    def _display(self, kind: str, elements: Iterable[Tree]) -> Any:
        values = [self.value(element) for element in elements]
        return _DISPLAYS[kind](values if kind in ("list", "tuple") else [self._plain(value) for value in values])

    def _walk(self, kind: str, generators: tuple[tuple[Any, Tree, tuple[Tree, ...]], ...], element: Tree) -> Any:
        return _DISPLAYS[kind](list(self._walked(generators, element)))

    def _walked(self, generators: tuple[tuple[Any, Tree, tuple[Tree, ...]], ...], element: Tree) -> Iterator[Any]:
        if not generators:
            yield self.value(element)
            return
        (target, iterated, tests), *others = generators
        for item in _items(self.value(iterated)):
            self._bind(target, item)
            if all(_truth(self.value(test)) for test in tests):
                yield from self._walked(tuple(others), element)

    def _bind(self, target: Any, value: Any) -> None:
        if isinstance(target, str):
            self._variables[target] = value
            return
        for part, element in zip(target, _items(value), strict=True):
            self._bind(part, element)

    def _plain(self, value: Any, *, objects: bool = False) -> Any:
        """Return a value that can be compared and counted with no code of the program's.

        With `objects` it may be, or hold, what equals itself and nothing else, as most objects do.
        """
        if type(value) not in _SCALARS and not _is_plain(value, objects, [_MOST]):
            raise Unknown
        return value

    def _key(self, value: Any) -> Any:
        """Return a value that can be looked up with no code of the program's."""
        is_object = _is_known_by_itself(value) and _special(value, "__hash__") in (object.__hash__, Enum.__hash__)
        return value if is_object else self._plain(value)


class _Something:
    """Stands for an object of which only that is known, that it is none of those which are known."""

    def __eq__(self, other: object) -> bool:
        raise Unknown

    def __bool__(self) -> bool:
        raise Unknown

    __hash__ = object.__hash__


def _found(word: str, value: Any) -> Any:
    if word == "is":
        return value
    if word == "something":
        return _Something()
    raise Missing if word == "missing" else Unknown


def _numbers(tree: Any) -> Iterator[int]:
    if isinstance(tree, tuple):
        for part in tree[1:] if tree[:1] == ("constant",) else tree:
            yield from _numbers(part)
    elif type(tree) is int:
        yield tree


def _is_plain(value: Any, objects: bool, left: list[int]) -> bool:
    kind = type(value)
    if kind in _SCALARS or (objects and _is_known_by_itself(value)):
        return True
    if kind not in _CONTAINERS and kind not in _VIEWS:
        return False
    left[0] -= len(value)
    if left[0] < 0:
        return False
    parts = (part for pair in value.items() for part in pair) if kind in _MAPPINGS else value
    return all(_is_plain(part, objects, left) for part in parts)


def _is_known_by_itself(value: Any) -> bool:
    """Whether a value equals itself and nothing else, as most objects do."""
    return _special(value, "__eq__") is object.__eq__ and _special(value, "__ne__") is object.__ne__


def _special(value: Any, name: str) -> Any:
    for base in type.__getattribute__(type(value), "__mro__"):
        own = type.__getattribute__(base, "__dict__")
        if name in own:
            return own[name]
    return None


def _truth(value: Any) -> bool:
    if type(value) in _SCALARS or type(value) in _CONTAINERS:
        return bool(value)
    test = _special(value, "__bool__") or _special(value, "__len__")
    if test is None:
        return True
    if isinstance(test, WrapperDescriptorType):
        return bool(value)
    raise Unknown


def _length(value: Any) -> int:
    if isinstance(_special(value, "__len__"), WrapperDescriptorType):
        return len(value)
    raise Unknown


def _items(value: Any) -> list[Any]:
    if type(value) not in _CONTAINERS and type(value) not in _VIEWS and type(value) not in (range, str):
        raise Unknown
    items = list(value)
    if len(items) > _MOST:
        raise Unknown
    return items
