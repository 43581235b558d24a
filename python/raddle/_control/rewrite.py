"""The rewriter: source in, code out in which every access to shared state announces itself.

The steps: parse; find the scopes and the shared variables (`scopes`); find what each write depends on (`flow`);
put the hooks in and note the sites (`expressions`, `statements`); number the sites; compile.
The rewritten program does what the plain one does, in the same order, with the same names, positions and errors.
"""

from __future__ import annotations

import ast
import sys
from types import CodeType

from .expressions import IsUser
from .flow import facts
from .scopes import Scopes
from .sites import Site, SiteTable, SourceText
from .statements import StatementRewriter

__all__ = ["Draft", "Site", "rewrite"]

_DEEP = 20_000
"""A recursion limit that long chains of operators need: each one is a level of the tree, and several of our calls."""


def _is_not_standard(module: str) -> bool:
    return module not in sys.stdlib_module_names


class Draft:
    """A rewritten module whose sites have no numbers yet."""

    def __init__(self, source: str | bytes, filename: str, is_user: IsUser = _is_not_standard) -> None:
        """Rewrite a module; `is_user` tells which top-level modules are rewritten as well.

        Raises SyntaxError as plain Python does, and RecursionError for source that is nested too deeply.
        """
        self.filename = filename
        self._tree = compile(source, filename, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(max(limit, _DEEP))
        try:
            text = SourceText(source, self._tree)
            scopes = Scopes(self._tree)
            self._facts = facts(self._tree, scopes, text)
            self._sites = SiteTable(text)
            rewriter = StatementRewriter(scopes, self._sites, is_user)
            self._tree.body = rewriter.block(self._tree.body)
        finally:
            sys.setrecursionlimit(limit)

    @property
    def site_count(self) -> int:
        """How many sites the module has."""
        return len(self._sites)

    def finish(self, base: int) -> tuple[CodeType, list[Site]]:
        """Number the sites from `base` on and compile; to be called once."""
        sites = self._sites.number(base, self._facts)
        return compile(self._tree, self.filename, "exec", dont_inherit=True), sites


def rewrite(source: str | bytes, filename: str, base: int) -> tuple[CodeType, list[Site]]:
    """Return the code of a module with its accesses announced, and the table of their sites."""
    return Draft(source, filename).finish(base)
