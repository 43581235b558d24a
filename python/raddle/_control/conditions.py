"""Conditions: tests as data, so that a test's outcome can be looked at again without running any of the program's code.

A condition is a tree of tuples, each with a word in front; `outcomes` evaluates it.
Its leaves are constants and accesses: what a read would find now, or what it found when the test was made.
What has no form here counts as it came out when the test was made.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .containers import names
from .nodes import Access
from .scopes import Scope

Tree = tuple[Any, ...]
"""A word, and what belongs to it: trees, tuples of trees, accesses, names, constants."""

OPERAND = "operand"
"""The kind of a site at which a value is kept that a test is made from."""

TEST = "test"
"""The kind of a site at which it is kept how a test came out."""

_MOST = 64
"""So large a tree at most stands for a variable."""

_BUILTINS = names("abs all any bool dict enumerate frozenset int len list max min range set sorted str sum tuple zip")
"""Builtins that are called again, on plain values."""

_WALKERS = names("all any dict enumerate frozenset len list set sorted sum tuple zip")
"""Those that are given containers."""

_METHODS = names("count endswith get index isdisjoint issubset issuperset items keys lower startswith strip upper values")
"""Methods of builtin types that are called again."""

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.BitAnd: "and_",
    ast.BitOr: "or_",
    ast.BitXor: "xor",
    ast.Eq: "eq",
    ast.FloorDiv: "floordiv",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Invert: "invert",
    ast.Is: "is_",
    ast.IsNot: "is_not",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Mod: "mod",
    ast.Mult: "mul",
    ast.NotEq: "ne",
    ast.Sub: "sub",
    ast.UAdd: "pos",
    ast.USub: "neg",
}


class Conditions:
    """Makes conditions of the expressions of one function, where its variables hold what `values` says."""

    def __init__(self, scope: Scope, values: Mapping[str, Tree]) -> None:
        self._scope = scope
        self._values = values
        self._own: frozenset[str] = frozenset()
        """The variables of the comprehension at hand."""
        self._makers: dict[type[ast.AST], Callable[..., Tree | None]] = {
            ast.Attribute: self._attribute,
            ast.BinOp: self._operation,
            ast.BoolOp: self._boolean,
            ast.Call: self._call,
            ast.Compare: self._compare,
            ast.Constant: lambda node: ("constant", node.value),
            ast.Dict: self._dict,
            ast.GeneratorExp: self._comprehension,
            ast.IfExp: lambda node: ("if", self.of(node.test), self.of(node.body), self.of(node.orelse)),
            ast.List: self._display,
            ast.ListComp: self._comprehension,
            ast.Name: self._name,
            ast.NamedExpr: lambda node: self.of(node.value),
            ast.Set: self._display,
            ast.Subscript: self._subscript,
            ast.Tuple: self._display,
            ast.UnaryOp: self._unary,
        }

    def of(self, node: ast.expr) -> Tree:
        """Return the condition that stands for the value of `node`."""
        maker = self._makers.get(type(node))
        tree = maker(node) if maker is not None else None
        return tree if tree is not None else ("seen", self._at(node, OPERAND))

    def _at(self, node: ast.expr, kind: str) -> Access | int:
        """Return an access that says what its node stands for; none where that changes from element to element."""
        is_fixed = not self._own or all(getattr(part, "id", "") not in self._own for part in ast.walk(node))
        return (node, kind) if is_fixed else 0

    def value(self, node: ast.expr) -> Tree | None:
        """Return what stands for a variable that `node` is assigned to, if it is short enough."""
        tree = self.of(node)
        return tree if tree[0] != "seen" and sum(1 for _ in _parts(tree)) <= _MOST else None

    def search(self, node: ast.For | ast.AsyncFor) -> Tree | None:
        """Return whether a loop that looks for something comes to its end, if it is all `if <test>: <leave>`."""
        match node:
            case ast.For(body=[ast.If(test=test, body=[*_, ast.Break() | ast.Raise() | ast.Return()], orelse=[])]):
                generator = ast.comprehension(node.target, node.iter, [], 0)
                found = self._walked([generator], test, "list")
                return found and ("holds", ("not", ("call", "any", (found,))))
        return None

    def case(self, node: ast.Match, chosen: ast.match_case | None) -> Tree | None:
        """Return whether a case is the first that matches, or whether none does, where patterns are constants."""
        seen = self.of(node.subject)
        tests: list[Tree] = []
        for case in node.cases:
            matches = self._pattern(seen, case.pattern)
            if matches is None:
                return None
            if case is chosen:
                return "holds", ("and", (*tests, matches))
            if case.guard is not None:
                matches = "and", (matches, ("unknown",))
            tests.append(("not", matches))
        return "holds", ("and", tuple(tests))

    def _pattern(self, subject: Tree, pattern: ast.pattern) -> Tree | None:
        match pattern:
            case ast.MatchValue(value=value):
                return "operator", "eq", (subject, self.of(value))
            case ast.MatchSingleton(value=value):
                return "operator", "is_", (subject, ("constant", value))
            case ast.MatchAs(pattern=None):
                return "constant", True
            case ast.MatchAs(pattern=inner) if inner is not None:
                return self._pattern(subject, inner)
            case ast.MatchOr(patterns=patterns):
                parts = [self._pattern(subject, part) for part in patterns]
                return None if None in parts else ("or", tuple(parts))
        return None

    # Reads

    def _container(self, node: ast.expr) -> Tree:
        tree = self.of(node)
        # It is not kept as it was.
        return (tree[0], 0, *tree[2:]) if tree[0] in ("value", "local", "item") else tree

    def _name(self, node: ast.Name) -> Tree:
        if node.id in self._own:
            return "variable", node.id
        if node.id in self._values and self._scope.shared_owner(node.id) is None:
            return "local", (node, OPERAND), (node, "whole"), self._values[node.id]
        return "value", *self._leaf(node), None, ""

    def _leaf(self, node: ast.expr) -> tuple[Access | int, ...]:
        return self._at(node, OPERAND), self._at(node, "load"), self._at(node, "whole")

    def _attribute(self, node: ast.Attribute) -> Tree:
        holder, attribute = self._container(node.value), self._scope.mangle(node.attr)
        return "value", *self._leaf(node), holder, attribute

    def _subscript(self, node: ast.Subscript) -> Tree | None:
        if isinstance(node.slice, ast.Slice):
            return None
        return "item", *self._leaf(node), self._container(node.value), self.of(node.slice)

    # Operations

    def _boolean(self, node: ast.BoolOp) -> Tree:
        return "and" if isinstance(node.op, ast.And) else "or", tuple(map(self.of, node.values))

    def _unary(self, node: ast.UnaryOp) -> Tree:
        if isinstance(node.op, ast.Not):
            return "not", self.of(node.operand)
        return "operator", _OPERATORS[type(node.op)], (self.of(node.operand),)

    def _operation(self, node: ast.BinOp) -> Tree | None:
        operator = _OPERATORS.get(type(node.op))
        return operator and ("operator", operator, (self.of(node.left), self.of(node.right)))  # type: ignore[return-value]

    def _compare(self, node: ast.Compare) -> Tree:
        left = self.of(node.left)
        parts: list[Tree] = []
        for operator, comparator in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                right = self._container(comparator)
                access = self._at(node, "contains") if len(node.ops) == 1 else self._at(comparator, "whole")
                found: Tree = ("in", access, left, right)
                parts.append(found if isinstance(operator, ast.In) else ("not", found))
            else:
                right = self.of(comparator)
                parts.append(("operator", _OPERATORS[type(operator)], (left, right)))
            left = right
        return parts[0] if len(parts) == 1 else ("and", tuple(parts))

    def _call(self, node: ast.Call) -> Tree | None:
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            return None
        match node.func:
            case ast.Name(id=name) if name in _BUILTINS and self._scope.is_builtin(name):
                maker = self._container if name in _WALKERS else self.of
                return "call", name, tuple(map(maker, node.args))
            case ast.Name(id="hasattr") if self._scope.is_builtin("hasattr"):
                return "not", ("missing", self._at(node, "load"))
            case ast.Name(id="getattr") if self._scope.is_builtin("getattr"):
                return "attribute", self._at(node, "load"), self.of(node.args[2]) if len(node.args) > 2 else None
            case ast.Attribute(attr=name) if name in _METHODS:
                receiver = self._container(node.func.value)
                return "method", self._at(node.func, "method"), name, receiver, tuple(map(self.of, node.args))
        return None

    def _display(self, node: ast.List | ast.Set | ast.Tuple) -> Tree | None:
        if any(isinstance(element, ast.Starred) for element in node.elts):
            return None
        return "display", type(node).__name__.lower(), tuple(map(self.of, node.elts))

    def _dict(self, node: ast.Dict) -> Tree | None:
        if None in node.keys:
            return None
        pairs = zip(node.keys, node.values, strict=True)
        return "display", "dict", tuple(("display", "tuple", (self.of(key), self.of(value))) for key, value in pairs if key)

    def _comprehension(self, node: ast.GeneratorExp | ast.ListComp) -> Tree | None:
        return self._walked(node.generators, node.elt, "list")

    def _walked(self, generators: list[ast.comprehension], element: ast.expr, kind: str) -> Tree | None:
        outer = self._own
        parts: list[Tree] = []
        for generator in generators:
            target = _target(generator.target)
            if target is None or generator.is_async:
                self._own = outer
                return None
            walked = self._container(generator.iter)
            self._own |= {part.id for part in ast.walk(generator.target) if isinstance(part, ast.Name)}
            parts.append((target, walked, tuple(map(self.of, generator.ifs))))
        tree = "walk", kind, tuple(parts), self.of(element)
        self._own = outer
        return tree


def _target(node: ast.expr) -> Any:
    """Return the names that an iteration stores to, nested as they are, if it stores to nothing else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            parts = tuple(map(_target, elements))
            return None if None in parts else parts
    return None


def _parts(tree: Any) -> Iterator[Tree]:
    if isinstance(tree, tuple):
        yield tree
        for part in tree:
            yield from _parts(part)


def accesses(tree: Any) -> Iterator[Access]:
    """Yield the accesses in a tree."""
    for part in _parts(tree):
        if len(part) == 2 and isinstance(part[0], ast.AST):
            yield part


def numbered(tree: Any, number: Callable[[Access], int]) -> Any:
    """Return the tree with numbers in place of accesses."""
    if not isinstance(tree, tuple):
        return tree
    if len(tree) == 2 and isinstance(tree[0], ast.AST):
        return number(tree)
    return tuple(numbered(part, number) for part in tree)
