"""Nodes: the pieces of syntax that the rewriter adds, each with the position of what it stands for."""

from __future__ import annotations

import ast
from typing import NamedTuple, Protocol, TypeVar

Access = tuple[ast.AST, str]
"""An access, before it has a number: the node as the parser made it, and the kind of access."""


class Located(Protocol):
    """Anything that has a position in the source."""

    @property
    def lineno(self) -> int:
        """The first line, from 1."""

    @property
    def col_offset(self) -> int:
        """The first column, from 0, in bytes."""

    @property
    def end_lineno(self) -> int | None:
        """The last line."""

    @property
    def end_col_offset(self) -> int | None:
        """The column behind the last one."""


class Position(NamedTuple):
    """A position that no node has."""

    lineno: int
    col_offset: int
    end_lineno: int | None
    end_col_offset: int | None


Node = TypeVar("Node", bound=ast.expr | ast.stmt | ast.alias | ast.arg)


def at(node: Node, position: Located) -> Node:
    """Give `node` a position and return it."""
    node.lineno = position.lineno
    node.col_offset = position.col_offset
    node.end_lineno = position.end_lineno
    node.end_col_offset = position.end_col_offset
    return node


def parameters(identifier: str, position: Located) -> ast.arguments:
    """Return the parameters of a function of one argument."""
    return ast.arguments([], [at(ast.arg(identifier), position)], None, [], [], None, [])


def constant(value: str | int | None, position: Located) -> ast.Constant:
    """Return a literal."""
    return at(ast.Constant(value), position)


def name(identifier: str, position: Located) -> ast.Name:
    """Return a name that is loaded."""
    return at(ast.Name(identifier, ast.Load()), position)


def hook(function: str, position: Located, *arguments: ast.expr) -> ast.Call:
    """Return a call of one of the hooks among the builtins."""
    return at(ast.Call(name(function, position), list(arguments), []), position)


def attribute_position(node: ast.Attribute) -> Located:
    """Return where the compiler places the access of an attribute: the name, if the expression spans lines."""
    line, end = node.end_lineno, node.end_col_offset
    if line is None or end is None or node.lineno == line or len(node.attr) > end:
        return node
    return Position(line, end - len(node.attr), line, end)


def assign(identifier: str, value: ast.expr, position: Located) -> ast.stmt:
    """Return `identifier = value`."""
    return at(ast.Assign([at(ast.Name(identifier, ast.Store()), position)], value), position)


def forget(identifier: str, position: Located) -> ast.stmt:
    """Return `del identifier`."""
    return at(ast.Delete([at(ast.Name(identifier, ast.Del()), position)]), position)
