"""Reads: the accesses that an expression's value is made from."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .conditions import TEST, Conditions, Tree
from .containers import ATTRIBUTE_BUILTINS, ATTRIBUTE_METHODS, BOUND_METHODS, METHODS, WRITING_METHODS, names
from .nodes import Access
from .places import ELEMENT, MADE, Guards, Place, Places
from .scopes import Comprehension, Function, Scope, Scopes
from .sites import SourceText

Reads = frozenset[Access]
Values = dict[str, Reads]
NOTHING: Reads = frozenset()
UNGUARDED: Guards = frozenset()

_FILLING_METHODS = names("add append appendleft extend extendleft insert setdefault update")
"""Methods after which a container made here holds what was given to it."""

_MAKERS = names("bytearray dict list set sorted")
"""Builtins that return a new container."""


_FAILING_METHODS = names("pop popitem popleft remove")
"""Methods that fail when what they take is not there: who handles that needs no test to hold."""

_LOOKUP_FAILURES = names("AttributeError BaseException Exception IndexError KeyError LookupError NameError ValueError")
"""Exceptions, and what covers them, by which an act says that what it takes is not there."""

_MOST = 64
"""So many reads one value may be made from; what is made from more is made from everything, which says nothing."""


def _unite(into: Values, values: Values) -> None:
    """Let each variable in `into` hold what it may hold in `values` as well."""
    for name, reads in values.items():
        known = into.get(name, NOTHING)
        if known is not reads:
            into[name] = known | reads


@dataclass(slots=True)
class State:
    """What is known at one moment of a function."""

    values: Values = field(default_factory=dict)
    """The reads that each local variable's value was made from; `x.y` is an attribute of an object made here."""
    guards: Guards = UNGUARDED
    """The reads in tests that decided that control got here."""
    trees: dict[str, Tree] = field(default_factory=dict)
    """What each local variable's value is, where that is one thing whichever way control took."""

    def guarded(self, tests: Guards) -> State:
        """Return this state behind one more test."""
        return State(dict(self.values), self.guards | tests, dict(self.trees))

    def joined(self, other: State) -> State:
        """Return what holds where this way and another one meet."""
        values = dict(self.values)
        _unite(values, other.values)
        trees = {name: tree for name, tree in self.trees.items() if other.trees.get(name) == tree}
        return State(values, self.guards & other.guards, trees)


@dataclass(slots=True)
class Interruption:
    """All that happened in a region which an exception may leave at any moment."""

    values: Values = field(default_factory=dict)
    outdated: Guards = UNGUARDED
    reads: list[Access] = field(default_factory=list)

    def state(self, before: State) -> State:
        """Return what holds if the region, entered with `before`, was left somewhere in its middle."""
        values = dict(before.values)
        _unite(values, self.values)
        trees = {name: tree for name, tree in before.trees.items() if name not in self.values}
        return State(values, before.guards - self.outdated, trees)


@dataclass(slots=True)
class Facts:
    """The flow and the guards of each write, as accesses, and what the tests among the guards are."""

    flow: dict[Access, Reads] = field(default_factory=dict)
    guards: dict[Access, Guards] = field(default_factory=dict)
    tests: dict[Access, Tree] = field(default_factory=dict)


class ExpressionReader:
    """Evaluates expressions to the reads that their values are made from.

    Every access that *might* get a site is noted; those that the rewriter does not announce get no number and vanish.
    """

    def __init__(self, scopes: Scopes, text: SourceText) -> None:
        self.facts = Facts()
        self.scopes = scopes
        self.scope: Scope = scopes.module
        self.state = State()
        self.places = Places(text)
        self.recording = True
        self.choices = UNGUARDED
        """The reads in conditional expressions of the statement at hand: they chose what it stores."""
        self.interruptions: list[Interruption] = []
        self.bodies: dict[ast.AST, None] = {}
        """Functions, lambdas and classes met so far, whose bodies are functions of their own."""
        self.handled = 0
        """How many regions around the expression at hand handle that something looked up is not there."""
        self.lone: ast.Call | None = None
        """The call that is all that the test before it decides, if it changes nothing when made once more."""
        self._sources: dict[Access, Access] = {}
        self._attributes: dict[str, set[str]] = {}
        """The attributes that were stored to objects made by a function, by the variables' names."""
        self._readers: dict[type[ast.AST], Callable[..., Reads]] = {
            ast.Attribute: self._attribute,
            ast.BoolOp: self._boolean,
            ast.Call: self._call,
            ast.Compare: self._compare,
            ast.Constant: lambda node: NOTHING,
            ast.Dict: self._display,
            ast.DictComp: self._comprehension,
            ast.GeneratorExp: self._comprehension,
            ast.IfExp: self._choice,
            ast.Lambda: self._lambda,
            ast.List: self._display,
            ast.ListComp: self._comprehension,
            ast.Name: self._name,
            ast.NamedExpr: self._walrus,
            ast.Set: self._display,
            ast.SetComp: self._comprehension,
            ast.Subscript: self._subscript,
            ast.Yield: self._yield,
            ast.YieldFrom: self._yield,
        }

    def read(self, node: ast.AST | None) -> Reads:
        """Return the reads that the value of `node` is made from."""
        if node is None:
            return NOTHING
        reader = self._readers.get(type(node))
        return reader(node) if reader is not None else self._parts(node)

    def read_all(self, nodes: Iterable[ast.AST | None]) -> Reads:
        """Return the reads of several expressions, evaluated in order."""
        return NOTHING.union(*[self.read(node) for node in nodes])

    def _parts(self, node: ast.AST) -> Reads:
        return self.read_all(ast.iter_child_nodes(node))

    # Tests

    def conditions(self) -> Conditions:
        """Return what makes conditions of expressions that are evaluated now."""
        return Conditions(self.scope, self.state.trees)

    def test(self, node: ast.expr) -> Guards:
        """Return the reads in a test, after which control goes one way or the other."""
        return self.tested(node, self.read(node), self.conditions().of(node))

    def tested(self, node: ast.AST, reads: Reads, tree: Tree | None) -> Guards:
        """Return reads as parts of the test at `node`, if anything is known of that."""
        if tree is None:
            return UNGUARDED
        test = node, TEST
        if self.recording:
            self.facts.tests[test] = tree
        return frozenset((read, test) for read in reads)

    # Changes of what is known

    def bind(self, name: str, reads: Reads) -> None:
        """Let a local variable hold a new value."""
        for attribute in self._attributes_of(name):
            del self.state.values[attribute]
        if len(reads) > _MOST:
            reads = NOTHING
        self.state.values[name] = reads
        self.state.trees.pop(name, None)
        for interruption in self.interruptions:
            interruption.values[name] = interruption.values.get(name, NOTHING) | reads

    def change(self, access: Access, place: Place, values: Reads = NOTHING, *, is_tolerant: bool = False) -> None:
        """Record a write to `place`, and what it was made from and decided by.

        A tolerant one does no harm where the test before it no longer holds.
        """
        if self.recording:
            checks = UNGUARDED if is_tolerant else self.state.guards | self.choices
            self.facts.flow[access] = self.places.values_for(place, values)
            self.facts.guards[access] = self.places.checks_for(place, checks)
        outdated = self.places.outdated_by(place, self.state.guards)
        self.state.guards -= outdated
        for interruption in self.interruptions:
            interruption.outdated |= outdated

    def bind_name(self, node: ast.AST, name: str, values: Reads, kind: str = "store") -> None:
        """Store to a variable, shared or local; `node` identifies the access."""
        if self.scope.shared_owner(name) is not None:
            self.change((node, kind), Place("name", name, ""), values)
        else:
            self.bind(name, values)

    def store(self, target: ast.expr, values: Reads) -> None:
        """Store to any target."""
        match target:
            case ast.Name(id=name):
                self.bind_name(target, name, values)
            case ast.Attribute():
                self.read(target.value)
                self.change((target, "store"), self.places.attribute(target), values)
                self._fill(target.value, values, target.attr)
            case ast.Subscript():
                self.read_all([target.value, target.slice])
                self.change((target, "store"), self.places.item(target), values)
                self._fill(target.value, values)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for element in elements:
                    self.store(element, values)
            case ast.Starred(value=inner):
                self.store(inner, values)

    def assign(self, target: ast.expr, reads: Reads, value: ast.expr) -> None:
        """Store the value of an expression, which was read before, to a target."""
        tree = self.conditions().value(value)
        self.store(target, reads)
        if tree is not None and isinstance(target, ast.Name) and self.scope.shared_owner(target.id) is None:
            self.state.trees[target.id] = tree

    def store_element(self, target: ast.expr, values: Reads) -> None:
        """Store what an iteration yields, whose container was read with `values`.

        An element's value is not the container's: what is known of the keys and of the length does not flow into it.
        Of the pairs that `items()` yields only the last part is a value.
        """
        last = target
        while isinstance(last, ast.Tuple | ast.List) and last.elts:
            last = last.elts[-1]
        self.store(target, frozenset(self._element(read, keep_pairs=False) for read in values))
        if last is not target:
            self.store(last, frozenset(self._element(read, keep_pairs=True) for read in values))

    def _element(self, read: Access, *, keep_pairs: bool) -> Access:
        node, kind = read
        if kind == "method" and self.places[read].carries_value:
            is_pair = isinstance(node, ast.Attribute) and node.attr == "items"
            if keep_pairs or not is_pair:
                return read
        elif kind not in ("whole", "method"):
            return read
        element = self.places.note(node, ELEMENT, self.places[read])
        self._sources[element] = read
        return element

    def sources(self, reads: Reads) -> Reads:
        """Return the reads of containers whose elements are among `reads`."""
        return frozenset(self._sources[read] for read in reads if read[1] == ELEMENT)

    def _fill(self, made: ast.expr, values: Reads, attribute: str = "") -> None:
        """Let a container or an object that the function made itself hold one more value."""
        if isinstance(made, ast.Name) and self.scope.shared_owner(made.id) is None:
            held = self.state.values.get(made.id, NOTHING)
            if not any(kind == MADE for _, kind in held):
                return
            if attribute:
                self._attributes.setdefault(made.id, set()).add(attribute)
                self.bind(f"{made.id}.{attribute}", values)
            else:
                self.state.values[made.id] = held | values
                for interruption in self.interruptions:
                    interruption.values[made.id] = interruption.values.get(made.id, NOTHING) | held | values

    def _attributes_of(self, name: str) -> list[str]:
        known = [f"{name}.{attribute}" for attribute in self._attributes.get(name, ())]
        return [attribute for attribute in known if attribute in self.state.values]

    def note(self, node: ast.AST, kind: str, place: Place) -> Access:
        """Remember a read and its place."""
        access = self.places.note(node, kind, place)
        for interruption in self.interruptions:
            interruption.reads.append(access)
        return access

    def _display(self, node: ast.List | ast.Set | ast.Dict) -> Reads:
        return self._parts(node) | {self.places.made(node)}

    def _whole(self, node: ast.expr) -> Access:
        return self.places.note(node, "whole", self.places.content(node))

    # Expressions

    def _name(self, node: ast.Name) -> Reads:
        if not isinstance(node.ctx, ast.Load):
            return NOTHING
        if self.scope.shared_owner(node.id) is None:
            parts = [self.state.values[name] for name in self._attributes_of(node.id)]
            return self.state.values.get(node.id, NOTHING).union(*parts) | {self._whole(node)}
        read = self.note(node, "load", Place("name", node.id, "", carries_value=True))
        return frozenset((read, self._whole(node)))

    def _attribute(self, node: ast.Attribute) -> Reads:
        owner = node.value
        if isinstance(owner, ast.Name) and self.scope.shared_owner(owner.id) is None:
            values = self.state.values
            reads = values.get(owner.id, NOTHING) | values.get(f"{owner.id}.{node.attr}", NOTHING)
        else:
            reads = self.read(owner)
        reads = _without_made(reads)
        if node.attr in BOUND_METHODS:
            return reads | {self.note(node, "method", self.places.method(node, None))}
        return reads | {self.note(node, "load", self.places.attribute(node)), self._whole(node)}

    def _subscript(self, node: ast.Subscript) -> Reads:
        parts = _without_made(self.read_all([node.value, node.slice]))
        return parts | {self.note(node, "load", self.places.item(node)), self._whole(node)}

    def _compare(self, node: ast.Compare) -> Reads:
        reads = self._parts(node)
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
            place = self.places.content(node.comparators[0], node.left)
            reads |= {self.note(node, "contains", place)}
        return reads

    def _call(self, node: ast.Call) -> Reads:
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in METHODS:
            return self._method(node, function)
        reads = _without_made(self.read(function) | self._arguments(node))
        if _is_class_name(function):
            reads |= {self.places.made(node)}
        kind = ""
        if isinstance(function, ast.Attribute):
            kind, _ = ATTRIBUTE_METHODS.get(function.attr, ("", 0))
        elif isinstance(function, ast.Name) and self.scope.is_builtin(function.id):
            _, kind = ATTRIBUTE_BUILTINS.get(function.id, ("", ""))
            if function.id in _MAKERS:
                reads |= {self.places.made(node)}
        place = self.places.named_attribute(node) if kind else None
        if place is not None and kind == "load":
            reads |= {self.note(node, kind, place)}
        elif place is not None:
            self.change((node, kind), place, self.read(node.args[-1]) if kind == "store" else NOTHING)
        return reads

    def _method(self, node: ast.Call, function: ast.Attribute) -> Reads:
        receiver = self.read(function.value)
        arguments = self._arguments(node)
        place = self.places.method(function, node)
        access = self.note(function, "method", place)
        if function.attr in WRITING_METHODS:
            self.change(access, place, is_tolerant=self._is_tolerant(node, function.attr))
        if function.attr in _FILLING_METHODS:
            self._fill(function.value, arguments)
        return _without_made(receiver | arguments) | {access}

    def _is_tolerant(self, node: ast.Call, method: str) -> bool:
        return (
            method == "setdefault"
            or (method == "pop" and len(node.args) > 1)
            or (method in _FAILING_METHODS and self.handled > 0)
            or node is self.lone
        )

    def _arguments(self, node: ast.Call) -> Reads:
        return self.read_all([*node.args, *(keyword.value for keyword in node.keywords)])

    def _boolean(self, node: ast.BoolOp) -> Reads:
        outer = self.state.guards
        before = dict(self.state.values)
        reads = NOTHING
        for value in node.values:
            read = self.read(value)
            self.state.guards |= self.tested(value, read, self.conditions().of(value))
            reads |= read
        self._rejoin(before)
        self.state.guards &= outer
        return reads

    def _choice(self, node: ast.IfExp) -> Reads:
        tests = self.test(node.test)
        outer = self.state.guards
        before = dict(self.state.values)
        self.state.guards |= tests
        reads = self.read_all([node.body, node.orelse])
        self._rejoin(before)
        self.state.guards &= outer
        self.choices |= tests
        return reads

    def _rejoin(self, before: dict[str, Reads]) -> None:
        """Admit that what an expression assigned since `before` may not have been evaluated."""
        values = self.state.values
        for name, reads in before.items():
            if values[name] is not reads:
                values[name] |= reads
                self.state.trees.pop(name, None)

    def _walrus(self, node: ast.NamedExpr) -> Reads:
        reads = self.read(node.value)
        self.assign(node.target, reads, node.value)
        # The container goes by its new name in what follows: `if (q := self.queue): q.pop()`.
        return reads | {self.places.note(node, "whole", self.places.content(node.target))}

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> Reads:
        self.read(node.value)
        return NOTHING

    def _lambda(self, node: ast.Lambda) -> Reads:
        self.read_all([*node.args.defaults, *node.args.kw_defaults])
        self.bodies[node] = None
        return NOTHING

    def _comprehension(self, node: Comprehension) -> Reads:
        outer_scope, outer = self.scope, self.state
        reads = self.read(node.generators[0].iter)
        self.scope = self.scopes.of[node]
        self.state = State(dict(outer.values), outer.guards, dict(outer.trees))
        own = set(self.scope.bindings)
        for number, generator in enumerate(node.generators):
            iterated = reads if number == 0 else self.read(generator.iter)
            reads |= iterated
            self.store_element(generator.target, iterated)
            for test in generator.ifs:
                self.state.guards |= self.test(test)
        reads |= self.read_all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        for name, values in self.state.values.items():
            if name not in own:
                outer.values[name] = outer.values.get(name, NOTHING) | values
                if self.state.trees.get(name) != outer.trees.get(name):
                    outer.trees.pop(name, None)
        outer.guards &= self.state.guards
        self.scope, self.state = outer_scope, outer
        return reads | {self.places.made(node)}

    def define(self, node: Function | ast.ClassDef) -> None:
        """Evaluate what a definition evaluates at once, leave its body for later, and bind its name."""
        self.read_all(node.decorator_list)
        if isinstance(node, ast.ClassDef):
            self.read_all([*node.bases, *node.keywords])
        else:
            self.read_all([*node.args.defaults, *node.args.kw_defaults])
        self.bodies[node] = None
        self.bind_name(node, node.name, NOTHING)


def handles_failures(caught: ast.expr | None) -> bool:
    """Whether a handler for `caught` is one for an act that finds nothing."""
    if isinstance(caught, ast.Tuple):
        return any(map(handles_failures, caught.elts))
    return caught is None or (isinstance(caught, ast.Name) and caught.id in _LOOKUP_FAILURES)


def repeatable(branch: list[ast.stmt]) -> ast.Call | None:
    """Return the call that is all of a branch, if making it once more changes nothing: to add to a set or discard from it."""
    match branch:
        case [ast.Expr(value=ast.Call(func=ast.Attribute(attr="add" | "discard")) as call)]:
            return call
    return None


def _without_made(reads: Reads) -> Reads:
    """Return the reads of something got out of a value, or made from it, that need not be new itself."""
    return frozenset(read for read in reads if read[1] != MADE)


def _is_class_name(function: ast.expr) -> bool:
    """Whether what is called bears a class's name, so that it returns a new object."""
    name = function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    return name.lstrip("_")[:1].isupper()
