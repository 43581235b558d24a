"""The rewriter: source in, code out in which every access to shared state announces itself.

The steps: parse; find the scopes and the shared variables (`scopes`); find what each write depends on (`flow`);
put the hooks in and note the sites (`expressions`, `statements`); number the sites; compile.
The rewritten program does what the plain one does, in the same order, with the same names, positions and errors.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType

from .expressions import IsUser
from .flow import facts
from .scopes import Scopes
from .sites import Site, SiteTable, SourceText
from .statements import StatementRewriter

__all__ = ["Draft", "Site", "rewrite"]

_TREE_DEPTH = 20_000
"""The recursion limit for walking a tree: a long chain of operators is as many levels, and each is several calls.

Calls of one Python function by another take no room on the thread's own stack.
"""

_COMPILE_DEPTH = 4_000
"""The recursion limit for compiling a tree, which does take room: about as deep as source may be nested."""


@contextmanager
def _recursion_limit(limit: int) -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, limit))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _is_not_standard(module: str) -> bool:
    return module not in sys.stdlib_module_names


def _parse(source: str | bytes, filename: str) -> ast.Module:
    tree = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    return tree


class Draft:
    """A rewritten module whose sites have no numbers yet."""

    def __init__(
        self, source: str | bytes, filename: str, is_user: IsUser = _is_not_standard, *, is_imported: bool = False
    ) -> None:
        """Rewrite a module; `is_user` tells which top-level modules are rewritten as well, `is_imported` whether it is one.

        Raises SyntaxError as plain Python does, and RecursionError for source that is nested too deeply.
        """
        self.filename = filename
        self._tree: ast.Module = _parse(source, filename)
        with _recursion_limit(_TREE_DEPTH):
            text = SourceText(source, self._tree)
            scopes = Scopes(self._tree, is_imported=is_imported)
            self._facts = facts(self._tree, scopes, text)
            self._sites = SiteTable(text)
            rewriter = StatementRewriter(scopes, self._sites, is_user, self._facts.tests)
            self._tree.body = rewriter.block(self._tree.body)

    @property
    def site_count(self) -> int:
        """How many sites the module has."""
        return len(self._sites)

    def finish(self, base: int) -> tuple[CodeType, list[Site]]:
        """Number the sites from `base` on and compile; to be called once."""
        sites = self._sites.number(base, self._facts)
        with _recursion_limit(_COMPILE_DEPTH):
            return compile(self._tree, self.filename, "exec", dont_inherit=True), sites


def rewrite(source: str | bytes, filename: str, base: int) -> tuple[CodeType, list[Site]]:
    """Return the code of a module with its accesses announced, and the table of their sites."""
    return Draft(source, filename).finish(base)
