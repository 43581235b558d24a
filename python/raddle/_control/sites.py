"""Sites: the places in a module's source where it touches shared state.

A hook in the rewritten code names its site by number.
The numbers of one module are consecutive; the first, its base, is handed out when the module's count is known.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from typing import TYPE_CHECKING, NamedTuple

from .conditions import Tree, accesses, numbered
from .nodes import Access

if TYPE_CHECKING:
    from .flow import Facts
    from .places import Guards

ANY = "*"
"""The name of an access by a name that is not in the source: `getattr(object, name)`."""

CALL = "()"
"""The name of a call without arguments, which may be that of a weak reference."""


class Site(NamedTuple):
    """One place that touches shared state, in the words of the person who wrote it."""

    kind: str
    line: int
    col: int
    end_line: int
    end_col: int
    text: str
    name: str
    function: str
    flow: tuple[int, ...]
    guards: tuple[tuple[int, int], ...]
    """Reads that decide whether this happens, and the test that each is part of."""
    test: tuple[tuple[int, ...], Tree] | None
    """What is tested here, and the reads that tell how that comes out (see `conditions`)."""


class SourceText:
    """The lines of a module, for quoting.

    A parser's columns count bytes of UTF-8, and its lines end where Python's do (not at a form feed),
    so the text is kept as such lines.
    """

    def __init__(self, source: str | bytes, tree: ast.Module) -> None:
        text = source if isinstance(source, str) else importlib.util.decode_source(source)
        self._lines = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "surrogatepass").split(b"\n")
        self._misplaced: set[ast.AST] = set()
        if sys.version_info < (3, 12):
            # The older parser gives expressions inside f-strings columns that do not fit their lines.
            strings = (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr))
            self._misplaced.update(part for string in strings for part in ast.walk(string))

    def quote(self, node: ast.expr | ast.stmt) -> str:
        """Return the source of `node` on one line, as it was written where it was written on one line."""
        if node.lineno != node.end_lineno or node in self._misplaced:
            return ast.unparse(node)
        line = self._lines[node.lineno - 1]
        return line[node.col_offset : node.end_col_offset].decode("utf-8", "surrogatepass")


class _Draft(NamedTuple):
    """A site whose facts still speak of nodes."""

    kind: str
    position: tuple[int, int, int, int]
    text: str
    name: str
    function: str
    access: Access


class SiteTable:
    """The sites of one module, in the order in which the rewriter meets them."""

    def __init__(self, text: SourceText) -> None:
        self._text = text
        self._drafts: list[_Draft] = []
        self._numbers: dict[Access, int] = {}
        self._constants: list[ast.Constant] = []

    def __len__(self) -> int:
        """Return how many numbers the module needs."""
        return len(self._drafts)

    def add(self, kind: str, node: ast.AST, name: str, function: str, shown: ast.expr | None = None) -> ast.Constant:
        """Note an access and return the constant that stands for its number in the rewritten code.

        `node` identifies the access in the facts; `shown`, where given, is what a reader is shown for it.
        The node must not have been rewritten yet: its text is taken here.
        """
        seen = shown if shown is not None else node
        assert isinstance(seen, ast.expr | ast.stmt | ast.ExceptHandler | ast.alias | ast.pattern)
        position = (seen.lineno, seen.col_offset, seen.end_lineno or seen.lineno, seen.end_col_offset or 0)
        text = self._text.quote(seen) if isinstance(seen, ast.expr) else name
        constant = ast.Constant(len(self._drafts))
        self._numbers[node, kind] = len(self._drafts)
        self._drafts.append(_Draft(kind, position, text, name, function, (node, kind)))
        self._constants.append(constant)
        return constant

    def number(self, base: int, facts: Facts) -> list[Site]:
        """Give every site its final number, in the rewritten tree and in the facts."""
        for index, constant in enumerate(self._constants):
            constant.value = base + index
        return [
            Site(
                draft.kind,
                *draft.position,
                draft.text,
                draft.name,
                draft.function,
                self._numbered(base, facts.flow.get(draft.access)),
                self._guards(base, facts.guards.get(draft.access)),
                self._test(base, facts.tests.get(draft.access)),
            )
            for draft in self._drafts
        ]

    def _numbered(self, base: int, accesses: frozenset[Access] | None) -> tuple[int, ...]:
        if not accesses:
            return ()
        return tuple(sorted(base + self._numbers[access] for access in accesses if access in self._numbers))

    def _guards(self, base: int, guards: Guards | None) -> tuple[tuple[int, int], ...]:
        known = self._numbers
        pairs = [(known[read], known[test]) for read, test in guards or () if read in known and test in known]
        return tuple(sorted((base + read, base + test) for read, test in pairs))

    def _test(self, base: int, tree: Tree | None) -> tuple[tuple[int, ...], Tree] | None:
        if tree is None:
            return None
        numbers = self._numbers
        asked = self._numbered(base, frozenset(accesses(tree)))
        return asked, numbered(tree, lambda access: base + numbers[access] if access in numbers else 0)
