"""Places: which accesses may concern one and the same location, judged by the source alone.

A place is what the text of an access says about its location: the name of an attribute or variable, or the container.
Two accesses of one place *may* meet at run time; the engine then compares the objects.
Two accesses of different places are never brought together, even where the objects turn out to be the same.
"""

from __future__ import annotations

import ast
from typing import Literal, NamedTuple

from .containers import ATTRIBUTE_METHODS, VALUE_METHODS
from .nodes import Access
from .sites import SourceText

PlaceKind = Literal["attribute", "name", "content"]

ELEMENT = "element"
"""The kind of an access that never becomes a site: a loop variable's value came out of this container."""

MADE = "made"
"""The kind of an access that never becomes a site: the value is, or was made from, a container made here."""


Guards = frozenset[tuple[Access, Access]]
"""Reads, each with the test that it is part of."""


class Place(NamedTuple):
    """A location as the source names it."""

    kind: PlaceKind
    name: str
    """The attribute's or the variable's name, or the text of the container."""
    exact: str
    """What tells two accesses of one place apart: the text of the object or of the key; "" for all of a container."""
    carries_value: bool = False
    """Whether what was read there becomes part of the result."""


class Places:
    """The places of the accesses seen so far."""

    def __init__(self, text: SourceText) -> None:
        self._text = text
        self._quotes: dict[ast.expr, str] = {}
        self._of: dict[Access, Place] = {}

    def __getitem__(self, access: Access) -> Place:
        """Return the place of an access that was noted before."""
        return self._of[access]

    def quote(self, node: ast.expr) -> str:
        """Return the text of an expression without its spacing, to compare with others."""
        if isinstance(node, ast.Name):
            return node.id
        if node not in self._quotes:
            self._quotes[node] = "".join(self._text.quote(node).split())
        return self._quotes[node]

    def note(self, node: ast.AST, kind: str, place: Place) -> Access:
        """Remember the place of an access."""
        self._of[node, kind] = place
        return node, kind

    def attribute(self, node: ast.Attribute) -> Place:
        """Return the place of an attribute."""
        return Place("attribute", node.attr, self.quote(node.value), carries_value=True)

    def item(self, node: ast.Subscript) -> Place:
        """Return the place of an item."""
        return Place("content", self.quote(node.value), self.quote(node.slice), carries_value=True)

    def content(self, container: ast.expr, item: ast.expr | None = None) -> Place:
        """Return the place of a container's content, as a whole or as far as one item decides."""
        return Place("content", self.quote(container), self.quote(item) if item is not None else "")

    def method(self, function: ast.Attribute, call: ast.Call | None) -> Place:
        """Return the place that a container's method reads or writes."""
        first = call.args[0] if call is not None and call.args else None
        container = self.content(function.value, first)
        return container._replace(carries_value=function.attr in VALUE_METHODS)

    def named_attribute(self, call: ast.Call) -> Place | None:
        """Return the place that a call with a written name accesses: `getattr(o, "x")`, `o.__setattr__("x", v)` and their kin."""
        name = named_by_method(call)
        if name is not None and isinstance(call.func, ast.Attribute):
            target = call.args[0] if call.args[0] is not name else call.func.value
        elif len(call.args) < 2 or any(isinstance(argument, ast.Starred) for argument in call.args[:2]):
            return None
        else:
            target, name = call.args[:2]
        if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
            return None
        return Place("attribute", name.value, self.quote(target), carries_value=True)

    def made(self, node: ast.expr) -> Access:
        """Note a container made by a function itself."""
        return self.note(node, MADE, Place("content", "", ""))

    def values_for(self, place: Place, reads: frozenset[Access]) -> frozenset[Access]:
        """Return those reads that may have taken a value out of the location that `place` is about to replace."""
        return frozenset(
            read
            for read in reads
            if read[1] not in (ELEMENT, MADE) and (seen := self._of[read]).carries_value and seen[:2] == place[:2]
        )

    def checks_for(self, place: Place, guards: Guards) -> Guards:
        """Return those reads in tests that may have looked at what a write to `place` is about to change."""
        return frozenset(
            (read, test) for read, test in guards if read[1] not in (ELEMENT, MADE) and self._of[read][:2] == place[:2]
        )

    def outdated_by(self, place: Place, guards: Guards) -> Guards:
        """Return those reads in tests that a task's own write to `place` makes worthless as checks of later writes."""
        return frozenset(
            (read, test)
            for read, test in guards
            if (seen := self._of[read])[:2] == place[:2] and (seen.exact in ("", place.exact) or not place.exact)
        )


def named_by_method(node: ast.Call) -> ast.expr | None:
    """Return the name with which `__setattr__` or one of its kin is called, on an object or on a class."""
    function = node.func
    if not isinstance(function, ast.Attribute) or function.attr not in ATTRIBUTE_METHODS or node.keywords:
        return None
    _, behind = ATTRIBUTE_METHODS[function.attr]
    is_whole = len(node.args) in (1 + behind, 2 + behind) and not any(isinstance(part, ast.Starred) for part in node.args)
    return node.args[-1 - behind] if is_whole else None
