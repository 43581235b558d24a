"""Scopes: who owns a name, and which variables more than one task can reach.

A variable is *shared*, and its accesses are announced, in two cases:
an inner function declares it `global` or `nonlocal`;
or it is bound more than once (a second assignment, a loop, `del`, `+=`) and an inner function mentions it.
A variable bound once and never again is only ever read after that, so nothing is announced for it,
unless it is a module's, which other modules may store (`config.debug = True`): its loads are announced, and sleep until one does.
Sharing a variable that needs it not costs time; missing one hides a race: in doubt a variable is shared.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from .containers import READING_CLASSES, names

ScopeKind = Literal["module", "function", "lambda", "class", "comprehension", "types"]
How = Literal["parameter", "plain", "definition", "module", "member", "again"]

Function = ast.FunctionDef | ast.AsyncFunctionDef
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

_BY_NAME = frozenset({"__main__", "eval", "exec", "globals", "locals", "vars"})
"""Names through which a module's variables are reached without being mentioned."""

_BUILTINS = frozenset(dir(builtins))

_SUBMODULES = names(
    """
    collections.abc concurrent.futures importlib.util logging.handlers os.path unittest.mock
    urllib.parse urllib.request xml.etree xml.etree.ElementTree
    """
)
"""Modules that are reached as attributes of their packages, or by `from package import module`."""


class Binding(NamedTuple):
    """One way in which a scope binds a name; `dotted` is what an import binds it to."""

    how: How
    dotted: str = ""


def mangle(private: str, name: str) -> str:
    """Return `name` as the compiler spells it inside the class `private` ("" outside of classes)."""
    if not name.startswith("__") or name.endswith("__") or "." in name:
        return name
    owner = private.lstrip("_")
    return f"_{owner}{name}" if owner else name


class Scope:
    """A region of source with names of its own."""

    def __init__(self, kind: ScopeKind, parent: Scope | None, name: str, private: str) -> None:
        self.kind = kind
        self.parent = parent
        self.private = private
        self.qualified_name = self._qualify(name)
        self.bindings: dict[str, list[Binding]] = {}
        self.declared: dict[str, Literal["global", "nonlocal"]] = {}
        self.uses: set[str] = set()
        self.counters: list[str] = []
        """The names that are bound to a literal or by an augmented assignment, once for each time."""
        self.shared: set[str] = set()
        self.watched: set[str] = set()
        """Variables bound once here, which other modules may store: only their loads are announced."""
        self.token = ""
        """The local variable that holds the token of this scope's cells; "" where nobody shares one."""
        self._shared_owners: dict[str, Scope | None] = {}

    def _qualify(self, name: str) -> str:
        home = self.parent
        while home is not None and home.kind in ("comprehension", "types"):
            home = home.parent
        if home is None:
            return name
        if self.kind in ("comprehension", "types"):
            return home.qualified_name
        if home.kind == "module" or home.declared.get(name) == "global":
            return name
        return f"{home.qualified_name}.{name}" if home.kind == "class" else f"{home.qualified_name}.<locals>.{name}"

    @property
    def function(self) -> str:
        """The qualified name of the function whose code this is; `<module>` outside of functions."""
        scope = self
        while scope.parent is not None and not scope.is_function:
            scope = scope.parent
        return scope.qualified_name

    @property
    def module(self) -> Scope:
        """The outermost scope."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    @property
    def is_function(self) -> bool:
        """Whether another task may run this scope's code, later or at the same time."""
        return self.kind in ("function", "lambda")

    def mangle(self, name: str) -> str:
        """Return `name` as the compiler spells it here."""
        return mangle(self.private, name)

    def owner(self, mangled: str) -> Scope | None:
        """Return the scope whose variable a name means here; None for a builtin or a name nobody binds."""
        scope: Scope | None = self
        while scope is not None:
            if scope is self or scope.kind != "class":
                declared = scope.declared.get(mangled)
                if declared == "global":
                    return self.module
                if declared is None and mangled in scope.bindings:
                    return scope
            scope = scope.parent
        return None

    def is_number(self, name: str) -> bool:
        """Whether a local variable begins as a literal and is only counted on from there."""
        mangled = self.mangle(name)
        bindings = self.bindings.get(mangled)
        return bindings is not None and len(bindings) == self.counters.count(mangled)

    def shared_owner(self, name: str) -> Scope | None:
        """Return the scope of the shared variable that `name` means here, or None."""
        if name not in self._shared_owners:
            mangled = self.mangle(name)
            owner = self.owner(mangled)
            self._shared_owners[name] = owner if owner is not None and mangled in owner.shared else None
        return self._shared_owners[name]

    def watched_owner(self, name: str) -> Scope | None:
        """Return the module whose variable `name` means here, if only its loads are announced."""
        mangled = self.mangle(name)
        owner = self.owner(mangled) if mangled in self.module.watched else None
        return owner if owner is self.module else None

    def visible_tokens(self) -> list[str]:
        """Return the tokens that may be among the local variables here."""
        tokens: list[str] = []
        scope: Scope | None = self
        while scope is not None:
            if scope.kind != "comprehension" and not scope.is_function:
                break
            if scope.token:
                tokens.append(scope.token)
            scope = scope.parent
        return tokens

    def is_builtin(self, name: str) -> bool:
        """Whether `name` is a builtin's and bound nowhere else; `from x import *` is taken to leave builtins alone."""
        return name in _BUILTINS and self.owner(name) is None

    def imported(self, node: ast.expr) -> Binding | None:
        """Return what a dotted name rooted in an import means: `Binding("module", "os")` for `os`."""
        if isinstance(node, ast.Attribute):
            root = self.imported(node.value)
            return Binding("member", f"{root.dotted}.{node.attr}") if root else None
        if not isinstance(node, ast.Name):
            return None
        owner = self.owner(self.mangle(node.id))
        bindings = set(owner.bindings[self.mangle(node.id)]) if owner else set()
        if len(bindings) != 1:
            return None
        (binding,) = bindings
        return binding if binding.how in ("module", "member") else None


class Scopes:
    """All scopes of a module, by the node that opens them."""

    def __init__(self, tree: ast.Module, *, is_imported: bool = False) -> None:
        """Find them; `is_imported` says that other modules may reach this one by its name."""
        self._is_imported = is_imported
        collector = _Collector()
        collector.visit_all(tree.body)
        self.module = collector.module
        self.of = collector.scopes
        self.submodules = _SUBMODULES | collector.submodules
        bound = [bindings for scope in (self.module, *self.of.values()) for bindings in scope.bindings.values()]
        self.has_weak = any(binding.dotted.partition(".")[0] == "weakref" for bindings in bound for binding in bindings)
        """Whether it imports what makes weak references."""
        definitions = (ast.AsyncFunctionDef, ast.ClassDef, ast.FunctionDef)
        self.defined = {node.name for node in self.of if isinstance(node, definitions)}
        """Names of functions and classes that it defines."""
        self.kept = {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(tree) if _is_stored(node)}
        """Names of variables and attributes that it stores something to."""
        self.has_aliases = _gives_names_to_classes(tree)
        """Whether what it calls may be a builtin class under another name, which reads what is given to it."""
        self._share()

    def _share(self) -> None:
        captured: set[tuple[Scope, str]] = set()
        by_name = False
        scopes = [self.module, *self.of.values()]
        for scope in scopes:
            by_name = by_name or not scope.uses.isdisjoint(_BY_NAME)
            for name in scope.declared:
                owner = scope.owner(name)
                if owner is not None and (owner.kind == "function" or (owner.kind == "module" and scope is not owner)):
                    owner.shared.add(name)
            for name in scope.uses:
                owner = scope.owner(name)
                if owner is not None and _crosses_function(scope, owner):
                    captured.add((owner, name))
        for scope in scopes:
            if scope.kind in ("module", "function"):
                everything = by_name and scope.kind == "module"
                scope.shared.update(
                    name
                    for name, bindings in scope.bindings.items()
                    if _is_rebound(bindings) and (everything or (scope, name) in captured)
                )
        module = self.module
        if by_name or self._is_imported:
            module.watched.update(
                name
                for name, bindings in module.bindings.items()
                if name not in module.shared
                and all(binding.how == "plain" for binding in bindings)
                and (by_name or (module, name) in captured)
            )
        owners = [scope for scope in scopes if scope.kind == "function" and scope.shared]
        for serial, scope in enumerate(owners, start=1):
            scope.token = f"__raddle_scope_{serial}__"


def _is_stored(node: ast.AST) -> bool:
    return isinstance(getattr(node, "ctx", None), ast.Store)


def _gives_names_to_classes(tree: ast.Module) -> bool:
    """Whether a builtin class that reads what is given to it is mentioned, but for where it is called, or types are meant."""
    others: set[ast.AST] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("isinstance" | "issubclass")):
                others.update(part for argument in node.args for part in ast.walk(argument))
            case ast.Call():
                others.add(node.func)
            case ast.Subscript():
                others.update((node.value, *ast.walk(node.slice)))
            case ast.AnnAssign() | ast.arg() if node.annotation is not None:
                others.update(ast.walk(node.annotation))
            case ast.FunctionDef() | ast.AsyncFunctionDef() if node.returns is not None:
                others.update(ast.walk(node.returns))
            case ast.ClassDef():
                others.update(node.bases)
    return any(isinstance(node, ast.Name) and node.id in READING_CLASSES and node not in others for node in ast.walk(tree))


def _crosses_function(scope: Scope, owner: Scope) -> bool:
    inner: Scope | None = scope
    while inner is not None and inner is not owner:
        if inner.is_function:
            return True
        inner = inner.parent
    return False


def _is_rebound(bindings: list[Binding]) -> bool:
    imports_one_thing = len(set(bindings)) == 1 and bindings[0].how in ("module", "member")
    return any(binding.how == "again" for binding in bindings) or (len(bindings) > 1 and not imports_one_thing)


class _Collector:
    """Walks a module once and notes what each scope binds, declares and uses."""

    def __init__(self) -> None:
        self.module = self._scope = Scope("module", None, "<module>", "")
        self.scopes: dict[ast.AST, Scope] = {}
        self.submodules: set[str] = set()
        """The dotted names that `import a.b.c` makes available."""
        self._repeats = False
        """Whether the code being walked may run more than once for one entry of its scope."""
        self._handlers: dict[type[ast.AST], Callable[..., None]] = {
            ast.AnnAssign: self._annotated,
            ast.Assign: self._assign,
            ast.AsyncFor: self._for,
            ast.AsyncFunctionDef: self._function,
            ast.Attribute: self._attribute,
            ast.AugAssign: self._augmented,
            ast.ClassDef: self._class,
            ast.DictComp: self._comprehension,
            ast.ExceptHandler: self._handler,
            ast.For: self._for,
            ast.FunctionDef: self._function,
            ast.GeneratorExp: self._comprehension,
            ast.Global: self._global,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Lambda: self._lambda,
            ast.ListComp: self._comprehension,
            ast.MatchAs: self._capture,
            ast.MatchMapping: self._capture,
            ast.MatchStar: self._capture,
            ast.Name: self._name,
            ast.NamedExpr: self._walrus,
            ast.Nonlocal: self._nonlocal,
            ast.SetComp: self._comprehension,
            ast.While: self._while,
        }

    def visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self._visit(node)

    def _visit(self, node: ast.AST) -> None:
        handler = self._handlers.get(type(node))
        if handler is not None:
            handler(node)
        elif type(node).__name__ == "TypeAlias":
            self._visit(node.name)  # type: ignore[attr-defined]  # 3.12+
        else:
            self._children(node)

    def _children(self, node: ast.AST) -> None:
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, list):
                self.visit_all(item for item in value if isinstance(item, ast.AST))
            elif isinstance(value, ast.AST):
                self._visit(value)

    def _bind(self, name: str, how: How, dotted: str = "") -> None:
        mangled = self._scope.mangle(name)
        if self._scope.declared.get(mangled) == "global":
            self.module.bindings.setdefault(mangled, []).append(Binding("again"))
        elif self._scope.declared.get(mangled) is None:
            once: How = "again" if self._repeats and how not in ("module", "member") else how
            self._scope.bindings.setdefault(mangled, []).append(Binding(once, dotted))
        else:
            self._scope.uses.add(mangled)

    def _open(self, node: ast.AST, kind: ScopeKind, name: str, private: str | None = None) -> Scope:
        inner = Scope(kind, self._scope, name, self._scope.private if private is None else private)
        self.scopes[node] = inner
        return inner

    def _inside(self, scope: Scope, *parts: Iterable[ast.AST | None]) -> None:
        outer, repeats = self._scope, self._repeats
        self._scope, self._repeats = scope, repeats and not scope.is_function
        for part in parts:
            self.visit_all(part)
        self._scope, self._repeats = outer, repeats

    def _repeatedly(self, *parts: Iterable[ast.AST | None]) -> None:
        repeats, self._repeats = self._repeats, True
        for part in parts:
            self.visit_all(part)
        self._repeats = repeats

    # Names

    def _name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._bind(node.id, "plain")
        elif isinstance(node.ctx, ast.Del):
            self._bind(node.id, "again")
        else:
            self._scope.uses.add(self._scope.mangle(node.id))

    def _attribute(self, node: ast.Attribute) -> None:
        if node.attr == "modules" and isinstance(node.value, ast.Name) and node.value.id == "sys":
            self._scope.uses.add("__main__")
        self._visit(node.value)

    def _walrus(self, node: ast.NamedExpr) -> None:
        self._visit(node.value)
        inner = self._scope
        if inner.kind == "comprehension":
            while self._scope.kind == "comprehension" and self._scope.parent is not None:
                self._scope = self._scope.parent
            self._bind(node.target.id, "again")
        else:
            self._bind(node.target.id, "plain")
        self._scope = inner

    def _global(self, node: ast.Global) -> None:
        for name in map(self._scope.mangle, node.names):
            if self._scope is not self.module:
                self._scope.declared[name] = "global"
                self.module.bindings.setdefault(name, [])

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        for name in map(self._scope.mangle, node.names):
            self._scope.declared[name] = "nonlocal"

    # Statements that bind

    def _annotated(self, node: ast.AnnAssign) -> None:
        self.visit_all([node.value])
        if node.value is not None or not isinstance(node.target, ast.Name):
            self._visit(node.target)
        else:
            # Without a value the name becomes a local one, and nothing is stored.
            self._scope.bindings.setdefault(self._scope.mangle(node.target.id), [])

    def _assign(self, node: ast.Assign) -> None:
        self._children(node)
        if isinstance(node.value, ast.Constant):
            self._scope.counters += [self._scope.mangle(target.id) for target in node.targets if isinstance(target, ast.Name)]

    def _augmented(self, node: ast.AugAssign) -> None:
        self._visit(node.value)
        if isinstance(node.target, ast.Name):
            self._scope.counters.append(self._scope.mangle(node.target.id))
            self._scope.uses.add(self._scope.mangle(node.target.id))
            self._bind(node.target.id, "again")
        else:
            self._visit(node.target)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        self._visit(node.iter)
        self._repeatedly([node.target], node.body)
        self.visit_all(node.orelse)

    def _while(self, node: ast.While) -> None:
        self._repeatedly([node.test], node.body)
        self.visit_all(node.orelse)

    def _handler(self, node: ast.ExceptHandler) -> None:
        self.visit_all([node.type])
        if node.name is not None:
            self._bind(node.name, "again")
        self.visit_all(node.body)

    def _capture(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        if name is not None:
            self._bind(name, "plain")
        self._children(node)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name == "__main__":
                self._scope.uses.add("__main__")
            first, *rest = alias.name.split(".")
            self.submodules.update(".".join([first, *rest[:end]]) for end in range(1, len(rest) + 1))
            self._bind(alias.asname or first, "module", alias.name if alias.asname else first)

    def _import_from(self, node: ast.ImportFrom) -> None:
        origin = "." * node.level + (node.module or "")
        for alias in node.names:
            self._bind(alias.asname or alias.name, "member", f"{origin}.{alias.name}")

    # Statements and expressions that open a scope

    def _types(self, node: Function | ast.ClassDef) -> Scope:
        """Return the scope around a definition: that of its type parameters where it has any."""
        parameters: list[ast.AST] = getattr(node, "type_params", [])
        if not parameters:
            return self._scope
        around = Scope("types", self._scope, node.name, self._scope.private)
        for parameter in parameters:
            around.bindings[around.mangle(parameter.name)] = [Binding("plain")]  # type: ignore[attr-defined]
        return around

    def _function(self, node: Function) -> None:
        self.visit_all([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults])
        self._bind(node.name, "definition")
        outer, self._scope = self._scope, self._types(node)
        inner = self._open(node, "function", node.name)
        self._parameters(inner, node.args)
        self._inside(inner, node.body)
        self._scope = outer

    def _lambda(self, node: ast.Lambda) -> None:
        self.visit_all([*node.args.defaults, *node.args.kw_defaults])
        inner = self._open(node, "lambda", "<lambda>")
        self._parameters(inner, node.args)
        self._inside(inner, [node.body])

    @staticmethod
    def _parameters(scope: Scope, arguments: ast.arguments) -> None:
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
        for argument in named:
            if argument is not None:
                scope.bindings[scope.mangle(argument.arg)] = [Binding("parameter")]

    def _class(self, node: ast.ClassDef) -> None:
        self.visit_all([*node.decorator_list, *node.bases, *node.keywords])
        self._bind(node.name, "definition")
        outer, self._scope = self._scope, self._types(node)
        self._inside(self._open(node, "class", node.name, node.name), node.body)
        self._scope = outer

    def _comprehension(self, node: Comprehension) -> None:
        first = node.generators[0]
        self._visit(first.iter)
        inner = self._open(node, "comprehension", "")
        outer, repeats = self._scope, self._repeats
        self._scope, self._repeats = inner, True
        for generator in node.generators:
            if generator is not first:
                self._visit(generator.iter)
            self.visit_all([generator.target, *generator.ifs])
        self.visit_all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self._scope, self._repeats = outer, repeats
