"""Statements: each write of shared state is made to announce itself.

Attributes and items are stored through targets that announce themselves (see `expressions`).
A shared variable has no such target: its new value is *held* in a variable of our own, announced, and then stored.
The holding variable is deleted at once, so that no object lives longer than in the plain program.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from .conditions import Tree
from .containers import CACHES, Sought
from .expressions import COMBINING_OPERATORS, ExpressionRewriter, IsUser, may_combine
from .nodes import Access, assign, at, attribute_position, constant, forget, hook, name, parameters
from .scopes import Function, Scopes
from .sites import SiteTable

Statements = ast.stmt | list[ast.stmt]


class StatementRewriter(ExpressionRewriter):
    """Rewrites the statements of a module in place."""

    def __init__(self, scopes: Scopes, sites: SiteTable, is_user: IsUser, tests: Mapping[Access, Tree]) -> None:
        super().__init__(scopes, sites, is_user, tests)
        self._held = 0
        self._statements: dict[type[ast.stmt], Callable[..., Statements]] = {
            ast.AnnAssign: self._annotated,
            ast.Assert: self._assert,
            ast.Assign: self._assign,
            ast.AsyncFor: self._for,
            ast.AsyncFunctionDef: self._function,
            ast.AsyncWith: self._with,
            ast.AugAssign: self._augmented,
            ast.ClassDef: self._class,
            ast.Delete: self._delete,
            ast.For: self._for,
            ast.FunctionDef: self._function,
            ast.If: self._if,
            ast.Import: self._import,
            ast.ImportFrom: self._import,
            ast.Match: self._match,
            ast.Try: self._try,
            ast.TryStar: self._try,
            ast.While: self._if,
            ast.With: self._with,
        }

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Return the statements with their accesses announced."""
        rewritten: list[ast.stmt] = []
        for statement in body:
            handler = self._statements.get(type(statement))
            if handler is not None:
                result = handler(statement)
            elif type(statement).__name__ == "TypeAlias":
                result = statement
            else:
                self._children(statement)
                result = statement
            rewritten.extend(result if isinstance(result, list) else [result])
        return rewritten

    # Shared variables

    def _is_shared(self, target: ast.expr) -> bool:
        """Whether a target stores to a shared variable."""
        match target:
            case ast.Name(id=identifier):
                return self.scope.shared_owner(identifier) is not None
            case ast.Starred(value=inner):
                return self._is_shared(inner)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                return any(map(self._is_shared, elements))
        return False

    def _hold(self) -> str:
        self._held += 1
        return f"__raddle_held_{self._held}__"

    def _store_held(self, target: ast.expr, held: str) -> list[ast.stmt]:
        """Return statements that store the held value to a target, in the order of the plain program."""
        value = name(held, target)
        if isinstance(target, ast.Name):
            return [self._store_name(target, target.id, value)]
        if not isinstance(target, ast.Tuple | ast.List) or not self._is_shared(target):
            return [at(ast.Assign([self.target(target)], value), target)]
        stores: list[ast.stmt] = []
        for number, element in enumerate(target.elts):
            part = self._hold()
            inner = element.value if isinstance(element, ast.Starred) else element
            stores += [*self._store_held(inner, part), forget(part, element)]
            holder: ast.expr = at(ast.Name(part, ast.Store()), element)
            if isinstance(element, ast.Starred):
                holder = at(ast.Starred(holder, ast.Store()), element)
            target.elts[number] = holder
        return [at(ast.Assign([target], value), target), *stores]

    def _store_name(self, node: ast.AST, identifier: str, value: ast.expr) -> ast.stmt:
        assert isinstance(node, ast.expr | ast.stmt | ast.ExceptHandler | ast.alias | ast.pattern)
        return assign(identifier, self.stored(node, identifier, value), node)

    def _take_target(self, target: ast.expr) -> tuple[ast.expr, list[ast.stmt]]:
        """Return a target for a statement that binds, and what must follow the binding."""
        if not self._is_shared(target):
            return self.target(target), []
        held = self._hold()
        return at(ast.Name(held, ast.Store()), target), [*self._store_held(target, held), forget(held, target)]

    def _announce_deletion(self, node: ast.AST, identifier: str) -> list[ast.stmt]:
        owner = self.scope.shared_owner(identifier)
        if owner is None:
            return []
        assert isinstance(node, ast.expr | ast.ExceptHandler)
        mangled = self.scope.mangle(identifier)
        site = self.site("delete", node, mangled)
        announced = hook("__raddle_name_delete__", node, self.token(owner, node), constant(mangled, node), site)
        return [at(ast.Expr(announced), node)]

    # Assignments

    def _assign(self, node: ast.Assign) -> Statements:
        self.noted(node)
        walks = any(
            isinstance(target, ast.Tuple | ast.List)
            or (isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice))
            for target in node.targets
        )
        first = node.targets[0]
        if not any(map(self._is_shared, node.targets)):
            node.value = (self.whole if walks else self.expr)(node.value)
            node.targets = [self.target(target) for target in node.targets]
            return node
        if len(node.targets) == 1 and isinstance(first, ast.Name):
            node.value = self.stored(first, first.id, self.expr(node.value))
            return node
        held = self._hold()
        result = [assign(held, (self.whole if walks else self.expr)(node.value), node)]
        for target in node.targets:
            result += self._store_held(target, held)
        return [*result, forget(held, node)]

    def _annotated(self, node: ast.AnnAssign) -> Statements:
        if node.value is not None:
            node.value = self.expr(node.value)
            if isinstance(node.target, ast.Name):
                node.value = self.stored(node.target, node.target.id, node.value)
            else:
                target = self.target(node.target)
                assert isinstance(target, ast.Attribute | ast.Subscript)
                node.target = target
        return node

    def _augmented(self, node: ast.AugAssign) -> Statements:
        target = node.target
        if isinstance(target, ast.Name):
            return self._augmented_name(node, target)
        if isinstance(target, ast.Attribute) and self._is_super(target.value):
            target.value = self.expr(target.value)
        else:
            stored = self.scope.mangle(target.attr) if isinstance(target, ast.Attribute) else ""
            load, store = self.site("load", target, stored), self.site("store", target, stored)
            if isinstance(target, ast.Attribute):
                position = attribute_position(target)
                reference = self.attribute_reference(target, at(load, position), at(store, position))
            else:
                reference = self.item_reference(target, load, store, ast.Store())
            assert isinstance(reference, ast.Subscript)
            node.target = reference
            if self._may_change(node):
                held = self._hold()
                made, reference.value = assign(held, reference.value, target), name(held, target)
                node.value = self._combined(node, reference.value)
                return [made, node, forget(held, node)]
        node.value = self._combined(node)
        return node

    def _augmented_name(self, node: ast.AugAssign, target: ast.Name) -> Statements:
        if self.scope.shared_owner(target.id) is None:
            node.value = self._combined(node, target)
            return node
        held = self._hold()
        loaded = self._name(at(ast.Name(target.id, ast.Load()), target), target)
        node.target = at(ast.Name(held, ast.Store()), target)
        node.value = self._combined(node, node.target)
        stored = self._store_name(target, target.id, name(held, target))
        return [assign(held, loaded, target), node, stored, forget(held, target)]

    def _combined(self, node: ast.AugAssign, changed: ast.Name | None = None) -> ast.expr:
        """Return the right side of an augmented assignment.

        `items += [x]` changes a list in place, whoever else has it: the list that `changed`, or the reference in it, stands for.
        """
        if not self._may_change(node):
            return self.expr(node.value)
        if changed is None or self.scope.is_number(changed.id):
            return self.whole(node.value)
        site = self.site("escape", changed)
        told = hook("__raddle_change__", changed, name(changed.id, changed), site)
        both = at(ast.Tuple([self.whole(node.value), told], ast.Load()), node.value)
        return at(ast.Subscript(both, constant(0, node.value), ast.Load()), node.value)

    @staticmethod
    def _may_change(node: ast.AugAssign) -> bool:
        """Whether an augmented assignment may be one to a container."""
        return isinstance(node.op, COMBINING_OPERATORS) and may_combine(node.op, node.value)

    def _delete(self, node: ast.Delete) -> Statements:
        result: list[ast.stmt] = []
        for target in _flat(node.targets):
            match target:
                case ast.Name(id=identifier):
                    result += self._announce_deletion(target, identifier)
                case ast.Attribute() if self._is_super(target.value):
                    target.value = self.expr(target.value)
                case ast.Attribute():
                    target.value = self.attribute_hook("delete", target)
                case ast.Subscript():
                    target = self.item_reference(target, None, self.site("delete", target), ast.Del())
            result.append(at(ast.Delete([target]), node))
        return result or node

    # Compound statements

    def _if(self, node: ast.If | ast.While) -> Statements:
        node.test = self.truth(node.test)
        node.body = self.block(node.body)
        node.orelse = self.block(node.orelse)
        return node

    def _assert(self, node: ast.Assert) -> Statements:
        node.test = self.truth(node.test)
        node.msg = self.expr(node.msg) if node.msg is not None else None
        return node

    def _for(self, node: ast.For | ast.AsyncFor) -> Statements:
        self.noted(node)
        node.iter = self.each(node.iter) if isinstance(node, ast.For) else self.expr(node.iter)
        node.target, stores = self._take_target(node.target)
        node.body = [*stores, *self.block(node.body)]
        node.orelse = self.block(node.orelse)
        return node

    def _with(self, node: ast.With | ast.AsyncWith) -> Statements:
        for number, item in enumerate(node.items):
            item.context_expr = self.expr(item.context_expr)
            if item.optional_vars is None:
                continue
            item.optional_vars, stores = self._take_target(item.optional_vars)
            if stores:
                # The variable is stored before the next item is evaluated.
                later = node.items[number + 1 :]
                inner = at(type(node)(later, node.body), node) if later else None
                node.items = node.items[: number + 1]
                node.body = [*stores, *(self.block([inner]) if inner is not None else self.block(node.body))]
                return node
        node.body = self.block(node.body)
        return node

    def _try(self, node: ast.Try | ast.TryStar) -> Statements:
        node.body = self.block(node.body)
        for handler in node.handlers:
            self._handler(handler)
        node.orelse = self.block(node.orelse)
        node.finalbody = self.block(node.finalbody)
        return node

    def _handler(self, node: ast.ExceptHandler) -> None:
        self.noted(node)
        node.type = self.expr(node.type) if node.type is not None else None
        if node.name is None or self.scope.shared_owner(node.name) is None:
            node.body = self.block(node.body)
            return
        identifier, held = node.name, self._hold()
        stored = self._store_name(node, identifier, name(held, node))
        body = self.block(node.body)
        cleared = assign(identifier, constant(None, node), node)
        end = [*self._announce_deletion(node, identifier), cleared, forget(identifier, node)]
        node.name = held
        node.body = [stored, at(ast.Try(body, [], [], end), node)]

    def _match(self, node: ast.Match) -> Statements:
        self.noted(node)
        node.subject = self._matched(node.subject, _sought([case.pattern for case in node.cases]))
        for case in node.cases:
            self.noted(case.pattern)
            captured = self._captured(case.pattern)
            stores: list[ast.stmt] = [
                statement
                for held, identifier, value in captured
                for statement in (assign(identifier, value, value), forget(held, value))
            ]
            if case.guard is not None:
                guard = self.truth(case.guard)
                if captured:
                    # The guard is evaluated after the names are bound; a tuple that is not empty is true.
                    bound: list[ast.expr] = [
                        at(ast.NamedExpr(at(ast.Name(identifier, ast.Store()), value), value), value)
                        for _, identifier, value in captured
                    ]
                    guard = at(ast.BoolOp(ast.And(), [at(ast.Tuple(bound, ast.Load()), guard), guard]), guard)
                    stores = [forget(held, value) for held, _, value in captured]
                case.guard = guard
            case.body = [*stores, *self.block(case.body)]
        return node

    def _matched(self, node: ast.expr, sought: Sought) -> ast.expr:
        """Return the subject of a match: each pattern looks at what is in it anew, but all of it counts as one read."""
        read = self.whole(node, sought)
        if isinstance(read, ast.Call) and isinstance(read.func, ast.Name) and read.func.id == "__raddle_whole__":
            *_, site = read.args
            return hook("__raddle_steps__", node, read, site)
        return read

    def _captured(self, pattern: ast.pattern) -> list[tuple[str, str, ast.expr]]:
        """Let a pattern capture into variables of our own what is for shared ones.

        Returns the holding variable, the shared one and the announced value for each.
        """
        captured: dict[str, tuple[str, str, ast.expr]] = {}
        for part in ast.walk(pattern):
            field = "rest" if isinstance(part, ast.MatchMapping) else "name"
            identifier = getattr(part, field, None)
            if identifier is None or self.scope.shared_owner(identifier) is None:
                continue
            assert isinstance(part, ast.pattern)
            if identifier not in captured:
                held = self._hold()
                captured[identifier] = held, identifier, self.stored(part, identifier, name(held, part))
            # Alternatives bind the same names, and so the same holding variables.
            setattr(part, field, captured[identifier][0])
        return list(captured.values())

    def _import(self, node: ast.Import | ast.ImportFrom) -> Statements:
        result: list[ast.stmt] = []
        for alias in node.names:
            result += self._announced_import(node, alias)
            whole = alias.asname or alias.name
            bound = whole.partition(".")[0] if isinstance(node, ast.Import) else whole
            if self.scope.shared_owner(bound) is None or bound == "*":
                result.append(self._single_import(node, alias))
                continue
            held = self._hold()
            if isinstance(node, ast.Import) and alias.asname is None and bound != alias.name:
                # `import a.b` loads the submodule and binds the package.
                result.append(self._single_import(node, at(ast.alias(alias.name, held), alias)))
                alias.name = bound
            alias.asname = held
            stored = self._store_name(alias, bound, name(held, alias))
            result += [self._single_import(node, alias), stored, forget(held, alias)]
        return node if len(result) == len(node.names) else result

    def _announced_import(self, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> list[ast.stmt]:
        """Return what announces that one of the user's own modules is imported, which the first to come loads."""
        module, part, level = alias.name, None, 0
        if isinstance(node, ast.ImportFrom):
            module, part, level = node.module or "", alias.name if alias.name != "*" else None, node.level
        is_own = level or self._is_user(module.partition(".")[0])
        # What a module imports while it is loaded, it imports with that.
        if self.scope is self.scopes.module or not is_own:
            return []
        site = at(self.site("import", alias, f"the import of {module or part}"), alias)
        given = constant(module, alias), constant(level, alias), constant(part, alias)
        return [at(ast.Expr(hook("__raddle_import__", alias, *given, site)), alias)]

    @staticmethod
    def _single_import(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.stmt:
        if isinstance(node, ast.Import):
            return at(ast.Import([alias]), node)
        return at(ast.ImportFrom(node.module, [alias], node.level), node)

    # Definitions

    def _function(self, node: Function) -> Statements:
        node.decorator_list = [self._decorator(decorator) for decorator in node.decorator_list]
        self.defaults(node.args)
        self._announce_definition(node)
        is_cached = any(map(self._is_cache, node.decorator_list)) and not isinstance(node, ast.AsyncFunctionDef)
        outer, self.scope = self.scope, self.scopes.of[node]
        documented = 1 if ast.get_docstring(node, clean=False) is not None else 0
        first = node.body[0]
        node.body = [*node.body[:documented], *self.block(node.body[documented:])]
        if self.scope.token:
            node.body.insert(documented, assign(self.scope.token, hook("__raddle_scope__", first), first))
        if is_cached:
            site = at(self.site("compute", node, node.name, at(ast.Name(node.name, ast.Load()), node)), first)
            computed = hook("__raddle_name__", first, constant(None, first), constant(f"{node.name}()", first), site)
            node.body.insert(documented, at(ast.Expr(computed), first))
        self.scope = outer
        return node

    def _is_cache(self, decorator: ast.expr) -> bool:
        """Whether a decorator lets a function run where its result is not known yet: two tasks may both find it so."""
        return self._foreign(decorator.func if isinstance(decorator, ast.Call) else decorator) in CACHES

    def _class(self, node: ast.ClassDef) -> Statements:
        node.decorator_list = [self._decorator(decorator) for decorator in node.decorator_list]
        for base in node.bases:
            self.note_filling(base)
        node.bases = self.exprs(node.bases)
        for keyword in node.keywords:
            keyword.value = self.expr(keyword.value)
        self._announce_definition(node)
        outer, self.scope = self.scope, self.scopes.of[node]
        node.body = self.block(node.body)
        self.scope = outer
        return node

    def _decorator(self, node: ast.expr) -> ast.expr:
        """Return a decorator with the accesses in its arguments announced; its own name stays as it is."""
        if isinstance(node, ast.Call):
            node.args = self.exprs(node.args)
            for keyword in node.keywords:
                keyword.value = self.expr(keyword.value)
        elif not isinstance(node, ast.Name | ast.Attribute):
            return self.expr(node)
        return node

    def _announce_definition(self, node: Function | ast.ClassDef) -> None:
        """Let the store of a shared name by `def` or `class` be announced by an outermost decorator."""
        if self.scope.shared_owner(node.name) is None:
            return
        # The compiler takes the first line of a definition from its first decorator.
        first = node.decorator_list[0] if node.decorator_list else node
        held = self._hold()
        announced = self.stored(node, node.name, name(held, first))
        node.decorator_list.insert(0, at(ast.Lambda(parameters(held, first), announced), first))


def _flat(targets: list[ast.expr]) -> list[ast.expr]:
    """Return the parts of the targets of `del`, in the order in which they are deleted."""
    flat: list[ast.expr] = []
    for target in targets:
        flat += _flat(target.elts) if isinstance(target, ast.Tuple | ast.List) else [target]
    return flat


def _sought(patterns: list[ast.pattern]) -> Sought:
    """Return what matching is after in its subject: class patterns look at attributes, nested ones at what these hold."""
    parts = [part for pattern in patterns for part in ast.walk(pattern)]
    if not any(isinstance(part, ast.MatchClass) for part in parts):
        return "content"
    nested = [inner for part in parts for inner in ast.iter_child_nodes(part) if isinstance(inner, ast.MatchClass)]
    return "copy" if any(inner not in patterns for inner in nested) else "fields"
