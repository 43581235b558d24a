"""Expressions: each read of shared state is made to announce itself.

A hook returns the object that it was given, so the compiler still emits the real access around it:
`a.value` becomes `__raddle_load__(a, "value", site).value`, with its name mangling, its caches and its error.
Every new node carries the position of the one it stands for, so tracebacks stay as they were.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Mapping
from functools import partial

from .conditions import OPERAND, TEST, Tree, accesses
from .containers import (
    ARGUMENT_READERS,
    ATTRIBUTE_BUILTINS,
    ATTRIBUTE_METHODS,
    BOUND_METHODS,
    BUILTIN_READERS,
    CALLED_METHODS,
    CONSUMERS,
    COPYING_BUILTINS,
    DESCRIPTOR_METHODS,
    FRESH_BUILTINS,
    FUNCTION_NAMES,
    GETTERS,
    METHODS,
    NAMESPACE_BUILTINS,
    READING_METHODS,
    TYPE_BUILTINS,
    UNSEEN_BUILTINS,
    VIEWS,
    WALKING_BUILTINS,
    WEAK,
    WHOLE_BUILTINS,
    Sought,
)
from .nodes import Access, Located, Position, at, attribute_position, constant, hook, name, parameters
from .places import named_by_method
from .pure import STEPS, sought, treatment
from .scopes import Comprehension, Scope, Scopes
from .sites import ANY, CALL, SiteTable

IsUser = Callable[[str], bool]
"""Whether a top-level module name is one of the user's own, rewritten like this one."""

_FRESH = (
    ast.Constant,
    ast.Dict,
    ast.DictComp,
    ast.GeneratorExp,
    ast.JoinedStr,
    ast.Lambda,
    ast.List,
    ast.ListComp,
    ast.Set,
    ast.SetComp,
    ast.Tuple,
)
"""Expressions whose value nobody else can have yet."""

_UNCHANGING = (ast.Compare, ast.Constant, ast.JoinedStr, ast.Lambda)
"""Expressions whose value holds nothing that can change."""

_COMBINED = (ast.BinOp, ast.Dict, ast.List, ast.Set, ast.Tuple)
"""Expressions whose value holds what is in several others."""

_PLAIN_FORMAT = re.compile(r"(?:[^%]|%%|%-?\d*(?:\.\d+)?[sra])*", re.DOTALL)
"""A format of texts alone."""

_TARGETS = ("function", "target")
"""Arguments that a thread, or a timer, calls."""

_MOST_HELD = 7
"""So many operands are read together; further ones are read one by one."""

_DEEP: tuple[Sought, ...] = ("truths", "copy", "text", "comparison", "ranking", "sorted")
"""What readers are after who look into what they are given."""

_COMPARERS = frozenset({"max", "min", "sorted"})
"""Builtins that compare the items of a container in C."""

_PICKERS = _COMPARERS | {"all", "any"}
"""Builtins that look at each item of what they walk through."""

COMBINING_OPERATORS = (ast.Add, ast.BitAnd, ast.BitOr, ast.BitXor, ast.Mult, ast.Sub)
"""Operators by which containers are combined."""

_COMPARING_OPERATORS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
"""Operators by which the contents of containers are compared."""


class ExpressionRewriter:
    """Rewrites expressions in place, and notes the sites it makes."""

    def __init__(self, scopes: Scopes, sites: SiteTable, is_user: IsUser, tests: Mapping[Access, Tree]) -> None:
        self.scopes = scopes
        self.scope: Scope = scopes.module
        self.sites = sites
        self._is_user = is_user
        self._tests = {node for node, _ in tests}
        """What decides whether something is written later."""
        self._operands = {node for tree in tests.values() for node, kind in accesses(tree) if kind == OPERAND}
        """What these are made from, and would not be found again."""
        self._only_read: set[ast.expr] = set()
        """Dictionaries of objects and modules that are looked into and not kept."""
        self._bare: set[ast.expr] = set()
        """Functions that are called by compiled code alone, so that nobody comes in between its calls."""
        self._handed: set[ast.expr] = set()
        """Functions of which code from elsewhere compares what they return."""
        self._mapped: set[ast.expr] = set()
        """Calls of `map`, `filter` and the like that read items when their result is walked through: in one go, or later."""
        self._gathered: list[ast.Constant] | None = None
        """The sites of operands that are read once all of them are there, while these are rewritten."""
        self._picked: dict[ast.expr, Sought] = {}
        """Generator expressions whose items are looked at, and what is sought in these."""
        self._expressions: dict[type[ast.AST], Callable[..., ast.expr]] = {
            ast.Attribute: self._attribute,
            ast.BinOp: self._operation,
            ast.BoolOp: self._boolean,
            ast.Call: self._call,
            ast.Compare: self._compare,
            ast.Constant: lambda node: node,
            ast.Dict: self._dict,
            ast.DictComp: self._comprehension,
            ast.FormattedValue: self._formatted,
            ast.GeneratorExp: self._comprehension,
            ast.IfExp: self._choice,
            ast.Lambda: self._lambda,
            ast.ListComp: self._comprehension,
            ast.Name: self._name,
            ast.NamedExpr: self._walrus,
            ast.SetComp: self._comprehension,
            ast.Starred: self._starred,
            ast.Subscript: self._subscript,
            ast.UnaryOp: self._unary,
            ast.YieldFrom: self._yield_from,
        }

    def expr(self, node: ast.expr) -> ast.expr:
        """Return `node` with its reads announced."""
        gathered, self._gathered = self._gathered, None
        read = self._expr(node)
        self._gathered = gathered
        return read

    def _expr(self, node: ast.expr) -> ast.expr:
        if node in self._handed and isinstance(node, ast.Attribute | ast.Call | ast.Lambda | ast.Name | ast.Subscript):
            self._handed.remove(node)
            site = self.site("function", node)
            return hook("__raddle_handed__", node, self.expr(node), site)
        if node in self._operands:
            self._operands.remove(node)
            return self._kept(OPERAND, node, lambda: self.expr(node))
        handler = self._expressions.get(type(node))
        if handler is not None:
            return handler(node)
        self._children(node)
        return node

    def exprs(self, nodes: list[ast.expr]) -> list[ast.expr]:
        """Return the nodes with their reads announced."""
        return [self.expr(node) for node in nodes]

    def _children(self, node: ast.AST) -> None:
        for field in node._fields:
            value = getattr(node, field, None)
            if isinstance(value, ast.expr):
                setattr(node, field, self.expr(value))
            elif isinstance(value, list):
                setattr(node, field, [self.expr(item) if isinstance(item, ast.expr) else item for item in value])

    def site(self, kind: str, node: ast.AST, name: str = "", shown: ast.expr | None = None) -> ast.Constant:
        """Note an access; returns the constant for its number, still without a position."""
        number = self.sites.add(kind, node, name, self.scope.function, shown)
        assert isinstance(node, ast.expr | ast.stmt | ast.ExceptHandler | ast.alias | ast.pattern)
        return at(number, shown if shown is not None else node)

    # Ways of reading

    def whole(self, node: ast.expr, sought: Sought = "content") -> ast.expr:
        """Return `node` where a container is about to be read as a whole; `sought` is what the reader is after.

        The site bears it for a name.
        """
        if isinstance(node, ast.Starred):
            # What it holds is taken out before the other operands are evaluated.
            gathered, self._gathered = self._gathered, None
            node.value = self.whole(node.value, sought)
            self._gathered = gathered
            return node
        if isinstance(node, ast.BoolOp) and sought not in _DEEP:
            *tested, last = node.values
            node.values = [*[self.truth(value) for value in tested], self.whole(last, sought)]
            return node
        if isinstance(node, ast.IfExp):
            node.test = self.truth(node.test)
            node.body, node.orelse = self.whole(node.body, sought), self.whole(node.orelse, sought)
            return node
        if isinstance(node, ast.Call) and self._is_view(node) and sought not in ("fields", "truths", "copy", "text"):
            walked, (site,) = self._view(node, sought)
            return self._whole_of(node, walked, site)
        if isinstance(node, ast.List | ast.Tuple | ast.Set) and sought in _DEEP:
            node.elts = [self.whole(element, sought) for element in node.elts]
            return node
        if isinstance(node, ast.BinOp) and isinstance(node.op, COMBINING_OPERATORS) and sought in _DEEP:
            # What has been made holds what was in both.
            read = partial(self.whole, sought=sought)
            node.left, node.right = self.together((node.left, read), (node.right, read))
            return node
        if isinstance(node, ast.Dict) and sought in _DEEP:
            node.keys = [key and self.expr(key) for key in node.keys]
            node.values = [self.whole(value, sought) for value in node.values]
            return node
        is_walking = isinstance(node, ast.Call) and self._builtin(node.func) in WALKING_BUILTINS
        is_copy = isinstance(node, ast.Call) and self._builtin(node.func) in COPYING_BUILTINS
        is_made = is_copy or isinstance(node, ast.BoolOp | ast.DictComp | ast.ListComp | ast.SetComp)
        if is_walking or self._may_be_container(node) or (is_made and sought in _DEEP):
            # Nobody else has what has just been made, but perhaps what is in it.
            site = self.site("whole", node, sought)
            return self._whole_of(node, self._read(node), site)
        return self.expr(node)

    def _whole_of(self, node: ast.expr, read: ast.expr, site: ast.Constant) -> ast.expr:
        """Return what is read as a whole, now or together with other operands."""
        if self._gathered is None or len(self._gathered) == _MOST_HELD:
            return hook("__raddle_whole__", node, read, site)
        self._gathered.append(site)
        return hook("__raddle_held__", node, read, site)

    def together(self, *operands: tuple[ast.expr, Callable[[ast.expr], ast.expr]]) -> list[ast.expr]:
        """Return operands, each as its reader makes it; their containers are read at once, when all of them are there."""
        nodes = [node for node, _ in operands]
        last = max((place for place, node in enumerate(nodes) if not isinstance(node, _UNCHANGING)), default=0)
        several = any(map(self._may_be_container, nodes[:last])) or any(isinstance(node, _COMBINED) for node in nodes)
        if not several:
            return [read(node) for node, read in operands]
        shown = nodes[last]
        outer, self._gathered = self._gathered, []
        values = [read(node) for node, read in operands]
        gathered, self._gathered = self._gathered, outer
        if not gathered:
            return values
        if isinstance(shown, ast.Starred):
            shown.value = hook("__raddle_together__", shown, shown.value, *gathered)
        else:
            values[last] = hook("__raddle_together__", shown, values[last], *gathered)
        return values

    def truth(self, node: ast.expr) -> ast.expr:
        """Return `node` where it is tested for truth."""
        held, self._gathered = self._gathered, None
        if node not in self._tests:
            tested = self.whole(node, "truth")
        else:
            tested = self._kept(TEST, node, lambda: self.whole(node, "truth"))
        self._gathered = held
        return tested

    def _kept(self, kind: str, node: ast.expr, rewritten: Callable[[], ast.expr]) -> ast.expr:
        """Return `node` where it is kept what it turned out to be."""
        site = self.site(kind, node)
        return hook("__raddle_kept__", node, rewritten(), site)

    def noted(self, node: ast.AST) -> None:
        """Give a test a site whose outcome is known when something happens behind it."""
        if node in self._tests:
            self.site(TEST, node)

    def length(self, node: ast.expr) -> ast.expr:
        """Return `node` where only its length is read."""
        return self.whole(node, "length")

    def each(self, node: ast.expr, *, begun: bool = False) -> ast.expr:
        """Return `node` where a loop walks through it: each step is a read of the containers behind it.

        `begun` says that the iterator is made before the loop begins, and that others can come in between.
        """
        if isinstance(node, ast.IfExp):
            node.test = self.truth(node.test)
            node.body, node.orelse = self.each(node.body, begun=begun), self.each(node.orelse, begun=begun)
            return node
        walked, sites = self._walked(node)
        return hook("__raddle_iter__" if begun else "__raddle_each__", node, walked, *sites) if sites else walked

    def _walked(self, node: ast.expr) -> tuple[ast.expr, list[ast.Constant]]:
        """Return what is walked through step by step, and the sites of the containers that may be behind it."""
        if isinstance(node, ast.Call):
            builtin = self._builtin(node.func)
            if builtin in WALKING_BUILTINS:
                return self._walking(node, builtin)
            if self._is_view(node):
                return self._view(node)
            if builtin in FRESH_BUILTINS:
                return self.expr(node), []
        if isinstance(node, ast.BoolOp | ast.IfExp) or self._may_be_container(node):
            site = self.site("whole", node, "content")
            return self._read(node), [site]
        return self.expr(node), []

    def _read(self, node: ast.expr) -> ast.expr:
        """Return the container of which something is about to be read, after which nobody has it."""
        self._only_read.add(node)
        return self.expr(node)

    def _hands_out(self, node: ast.expr) -> None:
        """Note that whoever has the value of `node` may store any attribute or variable."""
        if node not in self._only_read:
            self.site("store", node, ANY)

    def _walking(self, node: ast.Call, builtin: str) -> tuple[ast.expr, list[ast.Constant]]:
        """Return the call of a builtin that walks through its arguments while it is walked through."""
        unpacks = any(isinstance(argument, ast.Starred) for argument in node.args)
        sites: list[ast.Constant] = [self.site("whole", node, "content")] if unpacks else []
        calls_back = builtin in ("filter", "map") and bool(node.args) and self._may_call_back(node.args[0])
        called = node.args[0] if calls_back and not isinstance(node.args[0], ast.Starred) else None
        first = {"filter": 1, "map": 1}.get(builtin, 0)
        last = first + 1 if builtin in ("enumerate", "iter", "reversed") else len(node.args)
        for number, argument in enumerate(node.args):
            if calls_back and number >= first and not isinstance(argument, ast.Starred):
                node.args[number] = self.each(argument, begun=True)
            elif first <= number < last and not isinstance(argument, ast.Starred):
                walked, behind = self._walked(argument)
                is_walking = isinstance(argument, ast.Call) and self._builtin(argument.func) in WALKING_BUILTINS
                # An iterator of a container may look at its size when it is made.
                read = bool(behind) and not is_walking
                node.args[number] = hook("__raddle_whole__", argument, walked, behind[0]) if read else walked
                sites += behind
            else:
                node.args[number] = self._target(argument) if argument is called else self.expr(argument)
        for keyword in node.keywords:
            keyword.value = self.expr(keyword.value)
        return node, sites

    def _is_view(self, node: ast.Call) -> bool:
        """Whether the call may make a view of a dictionary, which reads nothing yet."""
        function = node.func
        if not isinstance(function, ast.Attribute) or function.attr not in VIEWS or node.args or node.keywords:
            return False
        value = function.value
        return not (isinstance(value, _FRESH) or self._builtin(value) or self._is_super(value) or self._foreign(function))

    def _view(self, node: ast.Call, sought: Sought = "content") -> tuple[ast.expr, list[ast.Constant]]:
        """Return the view, and the site of the dictionary behind it, which is read by whoever walks through the view.

        What that one is after is the site's name.
        """
        function = node.func
        assert isinstance(function, ast.Attribute)
        site = self.site("method", function, sought)
        node.func = self._attribute(function)
        return node, [site]

    def _has_key(self, node: ast.Call) -> bool:
        """Whether items are compared by what a function makes of them."""
        return any(keyword.arg == "key" and not isinstance(keyword.value, ast.Constant) for keyword in node.keywords)

    def _may_call_back(self, function: ast.expr) -> bool:
        """Whether calling it may run code of the user's, and others with it."""
        if isinstance(function, ast.Call):
            function = function.func
            return not self._foreign(function).startswith("operator.")
        if self._builtin(function) in ("delattr", "setattr"):
            return True
        if isinstance(function, ast.Name | ast.Attribute):
            is_method = isinstance(function, ast.Attribute) and function.attr in METHODS
            owner = function.value if isinstance(function, ast.Attribute) else function
            return not (is_method or self._builtin(owner) or self._foreign(function))
        return not isinstance(function, ast.Constant)

    def escape(self, node: ast.expr) -> ast.expr:
        """Return `node` where it is handed to code that is not rewritten and may change it."""
        if isinstance(node, ast.Call) and self._is_view(node):
            return self.whole(node)
        if not self._may_be_container(node):
            return self.expr(node)
        site = self.site("escape", node)
        return hook("__raddle_escape__", node, self.expr(node), site)

    def _changed(self, node: ast.expr, sought: Sought) -> ast.expr:
        """Return `node` where it is handed to compiled code that compares what is in it, and changes its order."""
        if not self._may_be_container(node):
            return self.expr(node)
        site = self.site("order", node)
        return hook("__raddle_change__", node, self.whole(node, sought), site)

    def _may_be_container(self, node: ast.expr) -> bool:
        """Whether its value may be a container that others have as well."""
        match node:
            case ast.Name():
                return not self.scope.is_builtin(node.id)
            case ast.NamedExpr():
                return self._may_be_container(node.value)
            case ast.Call():
                return self._builtin(node.func) not in FRESH_BUILTINS
        return isinstance(node, ast.Attribute | ast.Await | ast.Subscript | ast.Yield | ast.YieldFrom)

    def _is_super(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and self._builtin(node.func) == "super"

    def _builtin(self, node: ast.expr) -> str:
        """Return the builtin that a name means, or ""."""
        return node.id if isinstance(node, ast.Name) and self.scope.is_builtin(node.id) else ""

    def _foreign(self, node: ast.expr) -> str:
        """Return the dotted name of something imported from the standard library, or "".

        What is installed besides, or found on a path that the program only sets, is told apart when it is called.
        """
        binding = self.scope.imported(node)
        top = binding.dotted.partition(".")[0] if binding is not None else ""
        is_known = top in sys.stdlib_module_names or top == "raddle"
        return binding.dotted if binding is not None and is_known and not self._is_user(top) else ""

    def note_filling(self, made: ast.expr) -> None:
        """Note that instances of a class may be made that store an item where one is read."""
        if self._foreign(made) == "collections.defaultdict":
            self.site("fills", made)

    def _is_foreign_module(self, node: ast.expr) -> bool:
        if not self._foreign(node):
            return False
        binding = self.scope.imported(node)
        return binding is not None and (binding.how == "module" or binding.dotted in self.scopes.submodules)

    # Names, attributes, items

    def token(self, owner: Scope, position: Located) -> ast.expr:
        """Return the expression by which a hook knows whose variable it is told of."""
        return name(owner.token, position) if owner.token else constant(None, position)

    def _name(self, node: ast.Name, access: ast.Name | None = None) -> ast.expr:
        """Return a variable's load, announced if it is shared; `access` identifies it where that is another node."""
        if self._is_function(node):
            return self._announcing(node, lambda: node)
        owner = self.scope.shared_owner(node.id) or self.scope.watched_owner(node.id)
        if owner is None:
            return node
        mangled = self.scope.mangle(node.id)
        site = self.site("load", access or node, mangled)
        announced = hook("__raddle_name__", node, self.token(owner, node), constant(mangled, node), site)
        return at(ast.IfExp(announced, node, name(node.id, node)), node)

    def _attribute(self, node: ast.Attribute, methods: frozenset[str] = BOUND_METHODS) -> ast.expr:
        if self._is_function(node):
            return self._announcing(node, lambda: self._plain_attribute(node, methods))
        return self._plain_attribute(node, methods)

    def _plain_attribute(self, node: ast.Attribute, methods: frozenset[str]) -> ast.expr:
        value = node.value
        if isinstance(value, _FRESH) or self._builtin(value) or self._is_foreign_module(value):
            self._bare.add(value)
            node.value = self.expr(value)
            return node
        if node.attr == "__dict__":
            self._hands_out(node)
        if node.attr in methods:
            return self._method(node)
        node.value = self.attribute_hook("load", node)
        return node

    def _is_function(self, node: ast.expr) -> bool:
        """Whether it is a function of the interpreter's own that accesses what it is given."""
        if node in self._bare:
            return False
        if isinstance(node, ast.Name):
            return self._builtin(node) in FUNCTION_NAMES or self._foreign(node) in FUNCTION_NAMES
        if not isinstance(node, ast.Attribute) or self._is_super(node.value):
            return False
        if self._builtin(node.value):
            return node.attr in METHODS or node.attr in ATTRIBUTE_METHODS
        is_special = node.attr in DESCRIPTOR_METHODS or node.attr in ATTRIBUTE_METHODS
        return is_special or self._foreign(node) in FUNCTION_NAMES

    def _announcing(self, node: ast.expr, plain: Callable[[], ast.expr]) -> ast.expr:
        """Return a function that announces what it does, wherever it is called."""
        written = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        if written.strip("_") in ("delattr", "delete", "set", "setattr"):
            self.site("store", node, ANY)
        site = self.site("function", node)
        return hook("__raddle_function__", node, plain(), site)

    def attribute_hook(self, kind: str, node: ast.Attribute) -> ast.expr:
        """Return the object of an attribute, announced just before the access of the given kind."""
        mangled = self.scope.mangle(node.attr)
        site = at(self.site(kind, node, mangled), node.value)
        written = constant(mangled, node.value)
        return hook(f"__raddle_{kind}__", node.value, self.expr(node.value), written, site)

    def _method(self, node: ast.Attribute) -> ast.expr:
        position = attribute_position(node)
        mangled = self.scope.mangle(node.attr)
        site = self.site("method", node, mangled)
        return hook("__raddle_method__", position, self.expr(node.value), constant(mangled, position), site)

    def _subscript(self, node: ast.Subscript) -> ast.expr:
        if (
            isinstance(node.value, _FRESH)
            or self._builtin(node.value) in TYPE_BUILTINS
            or self._foreign(node.value).startswith(("typing.", "collections.abc."))
        ):
            self._children(node)
            return node
        site = self.site("load", node)
        return hook("__raddle_getitem__", node, self._read(node.value), self.key(node.slice), site)

    def key(self, node: ast.expr) -> ast.expr:
        """Return the key of an item access as an argument: a slice needs to be made by a call there."""
        if isinstance(node, ast.Slice):
            bounds = (node.lower, node.upper, node.step)
            parts = [self.expr(bound) if bound is not None else constant(None, node) for bound in bounds]
            return hook("__raddle_slice__", node, *parts)
        if isinstance(node, ast.Tuple):
            node.elts = [self.key(element) for element in node.elts]
            return node
        return self.expr(node)

    # Calls

    def _call(self, node: ast.Call) -> ast.expr:
        function = node.func
        builtin = self._builtin(function)
        if builtin in ATTRIBUTE_BUILTINS and not node.keywords:
            return self._attribute_builtin(node, builtin)
        if builtin in NAMESPACE_BUILTINS:
            self._hands_out(node)
        if builtin in ("locals", "vars") and not node.args:
            return self._own_names_hidden(node)
        foreign = self._foreign(function)
        self.note_filling(function)
        self._hand_over(node, builtin, foreign)
        if foreign in GETTERS and node not in self._bare:
            self._bare.add(node)
            return self._announcing(node, lambda: self._call(node))
        treated = treatment(foreign) if foreign else ""
        calls_back = any(self._calls_back(keyword) for keyword in node.keywords)
        if treated == "reads":
            self._bare.add(function)
        if not builtin and self._is_function(function):
            self._arguments(node, self.expr, self.expr)
        elif builtin in UNSEEN_BUILTINS or treated == "writes":
            self._arguments(node, self.escape, self.escape)
        elif treated == "changes":
            # A key function that is not the program's own reads what is in the items.
            read = partial(self._changed, sought="copy" if self._has_key(node) and not calls_back else "sorted")
            changed = partial(self._in_steps, node, read=read) if calls_back else read
            node.args = [changed(node.args[0]), *self.exprs(node.args[1:])] if node.args else []
            for keyword in node.keywords:
                keyword.value = self.expr(keyword.value)
        elif foreign in STEPS and self._calls_between(node, *STEPS[foreign]):
            _, walked = STEPS[foreign]
            node.args = [
                self.each(argument, begun=True) if place == walked else self._target(argument)
                for place, argument in enumerate(node.args)
            ]
            for keyword in node.keywords:
                keyword.value = self.expr(keyword.value)
        elif treated == "reads" and calls_back:
            read = partial(self._in_steps, node, read=partial(self.whole, sought=self._sought_by(node, foreign)))
            self._arguments(node, read, self.expr)
        elif treated == "reads":
            read = partial(self.whole, sought=self._sought_by(node, foreign))
            self._arguments(node, read, read)
        elif builtin in ("filter", "map") and node.args and self._may_call_back(node.args[0]):
            self._walking(node, builtin)
        elif node in self._mapped:
            self._arguments(node, self.expr, self.expr)
        elif node.args and (node.args[0] in self._mapped or (builtin in _COMPARERS and self._has_key(node))):
            # What is read depends on what is called for each item, and on all that is evaluated before.
            site = self.site("whole", node.args[0], "content")
            self._arguments(node, self.expr, self.expr)
            node.func = hook("__raddle_called__", function, function, site)
        elif builtin == "next" and node.args:
            node.args = [self._step_of(node.args[0]), *self.exprs(node.args[1:])]
        elif builtin in WHOLE_BUILTINS or self._walks_arguments(function):
            if builtin in _PICKERS and len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
                self._picked[node.args[0]] = "ranking" if builtin in _COMPARERS else "truth"
            read = partial(self.whole, sought=self._sought(node, builtin))
            self._arguments(node, read, self.whole if builtin == "print" else self.expr if builtin else read)
        else:
            self._arguments(node, self.expr, self.expr)
        if not builtin:
            self._callee(node)
        if foreign in WEAK:
            return hook("__raddle_weak__", node, node, self.site("weak", node))
        return node

    def _hand_over(self, node: ast.Call, builtin: str, foreign: str) -> None:
        """Note the functions that compiled code calls with nobody in between, or that are called at once."""
        if (builtin in CONSUMERS and len(node.args) == 1) or foreign.startswith("itertools."):
            self._mapped.update(filter(self._reads_later, node.args))
        if self._maps_in_c(node):
            # Who keeps it may walk through it later.
            (self._bare if node in self._only_read and node not in self._mapped else self._handed).add(node.args[0])
        for keyword in node.keywords:
            if foreign and keyword.arg == "key":
                is_bare = foreign.startswith("bisect.") and not self._may_call_back(keyword.value)
                (self._bare if is_bare else self._handed).add(keyword.value)

    def _sought(self, node: ast.Call, builtin: str) -> Sought:
        """Return what a builtin is after in its arguments, or a method in what it walks through."""
        if not builtin:
            template = node.func.value if isinstance(node.func, ast.Attribute) and "format" in node.func.attr else None
            if isinstance(template, ast.Constant) and isinstance(template.value, str):
                # `{0.name}` and `{0[key]}` look into what is given.
                return "copy" if set(template.value) & set(".[") else "text"
            return "text" if template is not None else "content"
        if self._maps_in_c(node):
            return "copy" if node in self._only_read else "content"
        sought = BUILTIN_READERS.get(builtin, "content")
        if builtin == "filter" and node.args and isinstance(node.args[0], ast.Constant):
            return "truths"
        if sought == "sum" and (len(node.args) != 1 or node.keywords):
            # What is added to something, which may be a list.
            return "copy"
        return sought

    def _sought_by(self, node: ast.Call, foreign: str) -> Sought:
        """Return what a function from elsewhere is after in its arguments; what a key function reads, that announces itself."""
        return "content" if self._has_key(node) and not foreign.startswith("bisect.") else sought(foreign)

    def _maps_in_c(self, node: ast.expr) -> bool:
        """Whether it calls a function for each item that reads what it is given, with no code of the user's in between."""
        if not isinstance(node, ast.Call) or self._builtin(node.func) not in ("filter", "map") or not node.args:
            return False
        return not (self._may_call_back(node.args[0]) or isinstance(node.args[0], ast.Constant))

    def _reads_later(self, node: ast.expr) -> bool:
        """Whether it makes an iterator that so reads the items when it is walked through: `chain(map(len, rows))`."""
        if not isinstance(node, ast.Call):
            return False
        is_iterator = self._foreign(node.func).startswith("itertools.")
        return self._maps_in_c(node) or (is_iterator and any(map(self._reads_later, node.args)))

    def _step_of(self, node: ast.expr) -> ast.expr:
        """Return an iterator that goes one step: what is behind it is read."""
        if isinstance(node, ast.Call) and self._builtin(node.func) not in FRESH_BUILTINS:
            site = self.site("whole", node, "content")
            return hook("__raddle_whole__", node, self.expr(node), site)
        return self.whole(node)

    def _arguments(
        self,
        node: ast.Call,
        positional: Callable[[ast.expr], ast.expr],
        named: Callable[[ast.expr], ast.expr],
    ) -> None:
        function = node.func
        made = function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
        is_inherited = isinstance(function, ast.Attribute) and self._is_super(function.value)
        is_thread = is_inherited or made.endswith(("Thread", "Timer"))
        unpacked = named if isinstance(named, partial) else self.whole
        values = [(argument, positional) for argument in node.args]
        for keyword in node.keywords:
            is_target = is_thread and keyword.arg in _TARGETS
            values.append((keyword.value, self._target if is_target else unpacked if keyword.arg is None else named))
        if is_thread and made in ("Thread", "Timer") and len(node.args) > 1:
            values[1] = (node.args[1], self._target)
        read = self.together(*values)
        node.args = read[: len(node.args)]
        for keyword, value in zip(node.keywords, read[len(node.args) :], strict=True):
            keyword.value = value

    def _target(self, node: ast.expr) -> ast.expr:
        """Return what a thread is to call: `Thread(target=queue.reverse)`, `Timer(1, function=json.dumps, args=(stock,))`."""
        is_own = isinstance(node, ast.Name) and node.id in self.scopes.defined
        if is_own or isinstance(node, (*_UNCHANGING, ast.Starred)):
            return self.expr(node)
        site = self.site("call", node)
        called = self._attribute(node, METHODS) if isinstance(node, ast.Attribute) else self.expr(node)
        return hook("__raddle_target__", node, called, site)

    def _callee(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr == "__init__" and self._begins_anew(function):
            self.site("store", node, ANY)
        if isinstance(function, ast.Attribute) and function.attr in READING_METHODS:
            self._only_read.add(function.value)
        written = named_by_method(node)
        if written is not None and isinstance(function, ast.Attribute):
            node.func = self._by_name(node, function, written)
        else:
            node.func = self._attribute(function, CALLED_METHODS) if isinstance(function, ast.Attribute) else self.expr(function)
        if self.scopes.has_weak and not node.args and not node.keywords and self._may_have_other_name(function):
            node.func = hook("__raddle_called__", node.func, node.func, self.site("load", function, CALL))
        elif self._may_be_handed_on(node, function):
            kind = "function" if self.scopes.has_aliases else "call"
            node.func = hook("__raddle_called__", node.func, node.func, self.site(kind, function))
        if (
            isinstance(function, ast.Attribute)
            and isinstance(node.func, ast.Call)
            and node.lineno != function.end_lineno
            and not any(isinstance(argument, ast.Starred) for argument in node.args)
            and all(keyword.arg is not None for keyword in node.keywords)
        ):
            # The compiler places the call of a method at the method's name; here it no longer sees a method.
            position = attribute_position(function)
            at(node, Position(position.lineno, position.col_offset, node.end_lineno, node.end_col_offset))

    def _calls_back(self, keyword: ast.keyword) -> bool:
        """Whether what is called may call a function of the program's own in the middle: `json.dumps(stock, default=text)`."""
        return keyword.arg in ("cls", "default", "key") and self._may_call_back(keyword.value)

    def _calls_between(self, node: ast.Call, called: int, walked: int) -> bool:
        """Whether what walks through one of its arguments calls a function of the program's own between the items."""
        positional = node.args[called : called + 1]
        named = [keyword.value for keyword in node.keywords if keyword.arg in ("func", "key")]
        is_plain = not any(isinstance(argument, ast.Starred) for argument in node.args)
        return is_plain and len(node.args) > walked and any(map(self._may_call_back, [*positional, *named]))

    def _in_steps(self, node: ast.expr, operand: ast.expr, read: Callable[[ast.expr], ast.expr]) -> ast.expr:
        """Return an operand of `node` that is read, and later accessed once more: others can come in between."""
        if isinstance(operand, ast.Starred):
            return read(operand)
        site = at(self.site("call", node), operand)
        return hook("__raddle_used__", operand, read(operand), site)

    def _begins_anew(self, function: ast.Attribute) -> bool:
        """Whether an object may be initialized once more, by code that nobody has written: `self.__init__()` in a data class."""
        value = function.value
        is_class = isinstance(value, ast.Name) and value.id in self.scopes.defined
        return not (is_class or self._is_super(value) or self._builtin(value) or self._foreign(function))

    def _may_be_handed_on(self, node: ast.Call, function: ast.expr) -> bool:
        """Whether code that is not the program's own, called under another name, may get hold of something that can change."""
        is_method = isinstance(function, ast.Attribute) and (function.attr in CALLED_METHODS or self._walks_arguments(function))
        if is_method or self._builtin(function) or self._foreign(function) or self._is_getter(function):
            return False
        if isinstance(function, ast.Attribute):
            is_kept = function.attr in self.scopes.kept
        else:
            is_kept = not (isinstance(function, ast.Name) and function.id in self.scopes.defined)
        if is_kept:
            # It may be bound to something that can change.
            return True
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return any(not isinstance(argument, _UNCHANGING) for argument in given)

    def _may_have_other_name(self, function: ast.expr) -> bool:
        """Whether what is called may be a weak reference, or a builtin class under another name."""
        is_named = isinstance(function, ast.Name | ast.Attribute | ast.Subscript) and not self._foreign(function)
        is_method = isinstance(function, ast.Attribute) and function.attr in CALLED_METHODS
        is_inherited = isinstance(function, ast.Attribute) and self._is_super(function.value)
        return is_named and not (is_method or is_inherited or self._builtin(function))

    def _attribute_builtin(self, node: ast.Call, builtin: str) -> ast.expr:
        replacement, kind = ATTRIBUTE_BUILTINS[builtin]
        written = node.args[1] if len(node.args) > 1 else None
        attribute = _written_out(written)
        site = self.site(kind, node, attribute)
        if attribute == "__dict__":
            self._hands_out(node)
        node.func = name(replacement, node.func)
        method = self.site("function", node) if builtin == "getattr" and attribute in {ANY, *METHODS} else None
        node.args = [at(site, node), *self.exprs(node.args)]
        return node if method is None else hook("__raddle_function__", node, node, method)

    def _by_name(self, node: ast.Call, function: ast.Attribute, written: ast.expr) -> ast.expr:
        """Return `object.__setattr__` or one of its kin, which is about to be called with a name."""
        kind, _ = ATTRIBUTE_METHODS[function.attr]
        site = self.site(kind, node, _written_out(written))
        position = attribute_position(function)
        return hook(
            "__raddle_by_name__", position, self.expr(function.value), constant(function.attr, position), at(site, position)
        )

    def _own_names_hidden(self, node: ast.Call) -> ast.expr:
        """Return `locals()` without the tokens that we keep among the local variables."""
        tokens = self.scope.visible_tokens()
        if not tokens:
            return node
        names = "__raddle_names__"
        steps = [at(ast.Attribute(name(names, node), "pop", ast.Load()), node) for _ in tokens]
        popped: list[ast.expr] = [
            at(ast.Call(step, [constant(token, node), constant(None, node)], []), node)
            for step, token in zip(steps, tokens, strict=True)
        ]
        every = at(ast.Tuple([*popped, name(names, node)], ast.Load()), node)
        last = at(ast.Subscript(every, constant(-1, node), ast.Load()), node)
        return at(ast.Call(at(ast.Lambda(parameters(names, node), last), node), [node], []), node)

    def _is_getter(self, function: ast.expr) -> bool:
        """Whether what is called was made just before, and reads: `attrgetter("name")(task)`."""
        return isinstance(function, ast.Call) and self._foreign(function.func) in ("operator.attrgetter", "operator.itemgetter")

    @staticmethod
    def _walks_arguments(function: ast.expr) -> bool:
        if not isinstance(function, ast.Attribute):
            return False
        formats = function.attr in ("format", "format_map") and isinstance(function.value, ast.Constant | ast.JoinedStr)
        return formats or function.attr in ARGUMENT_READERS

    # Operators

    def _boolean(self, node: ast.BoolOp) -> ast.expr:
        node.values = [*[self.truth(value) for value in node.values[:-1]], self.expr(node.values[-1])]
        return node

    def _choice(self, node: ast.IfExp) -> ast.expr:
        node.test, node.body, node.orelse = self.truth(node.test), self.expr(node.body), self.expr(node.orelse)
        return node

    def _unary(self, node: ast.UnaryOp) -> ast.expr:
        node.operand = self.truth(node.operand) if isinstance(node.op, ast.Not) else self.expr(node.operand)
        return node

    def _operation(self, node: ast.BinOp) -> ast.expr:
        combines = isinstance(node.op, COMBINING_OPERATORS)
        if isinstance(node.op, ast.Mod) and not isinstance(node.right, ast.Constant):
            # A number is divided, and nothing is read.
            read = partial(self.whole, sought="text")
            if isinstance(node.right, ast.Tuple) and not _is_compiled(node.left):
                node.right.elts = self.together(*((value, read) for value in node.right.elts))
            elif isinstance(node.right, ast.Tuple):
                node.right.elts = [read(value) for value in node.right.elts]
            else:
                node.right = read(node.right)
            node.left = self.expr(node.left)
        elif combines and may_combine(node.op, node.left) and may_combine(node.op, node.right):
            node.left, node.right = self.together((node.left, self.whole), (node.right, self.whole))
        else:
            node.left, node.right = self.expr(node.left), self.expr(node.right)
        return node

    def _compare(self, node: ast.Compare) -> ast.expr:
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.In | ast.NotIn):
            return self._contains(node)
        operands = [node.left, *node.comparators]
        if isinstance(node.ops[0], ast.Is | ast.IsNot) and any(map(self._is_function, operands)):
            # What announces itself is not the function, but equals it.
            node.ops = [ast.Eq() if isinstance(operator, ast.Is) else ast.NotEq() for operator in node.ops]
            self._bare.update(operands)
        compares = isinstance(node.ops[0], _COMPARING_OPERATORS) and not any(
            isinstance(operand, ast.Constant) for operand in operands
        )
        read = partial(self.whole, sought="comparison") if compares else self.expr
        readers = [self.whole if isinstance(operator, ast.In | ast.NotIn) else read for operator in node.ops]
        if compares:
            # All but the first and the last are read twice.
            readers[:-1] = [partial(self._in_steps, node, read=reader) for reader in readers[:-1]]
        # The first two are compared before the others are evaluated.
        node.left, node.comparators[0] = self.together((node.left, read), (node.comparators[0], readers[0]))
        node.comparators[1:] = [reader(operand) for reader, operand in zip(readers[1:], node.comparators[1:], strict=True)]
        return node

    def _contains(self, node: ast.Compare) -> ast.expr:
        container = node.comparators[0]
        if isinstance(container, ast.List | ast.Set | ast.Tuple) and not all(map(_is_constant, container.elts)):
            read = partial(self.whole, sought="comparison")
            node.left, node.comparators[0] = self.together((node.left, read), (container, read))
            return node
        if isinstance(container, _FRESH):
            self._children(node)
            return node
        site = self.site("contains", node)
        found = hook("__raddle_contains__", node, self.expr(node.left), self._read(container), site)
        return found if isinstance(node.ops[0], ast.In) else at(ast.UnaryOp(ast.Not(), found), node)

    # Other expressions

    def _walrus(self, node: ast.NamedExpr) -> ast.expr:
        node.value = self.stored(node.target, node.target.id, self.expr(node.value))
        return node

    def stored(self, node: ast.AST, identifier: str, value: ast.expr) -> ast.expr:
        """Return `value` announced just before it is stored to a variable, if that is a shared one."""
        owner = self.scope.shared_owner(identifier)
        if owner is None:
            return value
        mangled = self.scope.mangle(identifier)
        site = at(self.site("store", node, mangled), value)
        return hook("__raddle_value__", value, value, self.token(owner, value), constant(mangled, value), site)

    def _starred(self, node: ast.Starred) -> ast.expr:
        node.value = self.whole(node.value)
        return node

    def _yield_from(self, node: ast.YieldFrom) -> ast.expr:
        node.value = self.each(node.value)
        return node

    def _dict(self, node: ast.Dict) -> ast.expr:
        for number, key in enumerate(node.keys):
            node.keys[number] = self.expr(key) if key is not None else None
            node.values[number] = (self.expr if key is not None else self.whole)(node.values[number])
        return node

    def _formatted(self, node: ast.FormattedValue) -> ast.expr:
        node.value = self.whole(node.value, "text")
        if node.format_spec is not None:
            node.format_spec = self.expr(node.format_spec)
        return node

    def _lambda(self, node: ast.Lambda) -> ast.expr:
        self.defaults(node.args)
        outer, self.scope = self.scope, self.scopes.of[node]
        node.body = self.expr(node.body)
        self.scope = outer
        return node

    def defaults(self, arguments: ast.arguments) -> None:
        """Rewrite the default values of parameters."""
        arguments.defaults = self.exprs(arguments.defaults)
        arguments.kw_defaults = [default and self.expr(default) for default in arguments.kw_defaults]

    def _comprehension(self, node: Comprehension) -> ast.expr:
        outer = self.scope
        for number, generator in enumerate(node.generators):
            # The first iterable is evaluated outside of the comprehension's own scope.
            self.scope = self.scopes.of[node] if number else outer
            # Where the comprehension is a function of its own, its first iterator is made before that is called.
            begun = number == 0 and (isinstance(node, ast.GeneratorExp) or sys.version_info < (3, 12))
            generator.iter = self.expr(generator.iter) if generator.is_async else self.each(generator.iter, begun=begun)
            self.scope = self.scopes.of[node]
            generator.target = self.target(generator.target)
            generator.ifs = [self.truth(test) for test in generator.ifs]
        if isinstance(node, ast.DictComp):
            node.key, node.value = self.expr(node.key), self.expr(node.value)
        elif node in self._picked:
            node.elt = self.whole(node.elt, self._picked.pop(node))
        else:
            node.elt = self.expr(node.elt)
        self.scope = outer
        return node

    # Targets

    def target(self, node: ast.expr) -> ast.expr:
        """Return a target whose attributes and items announce the store; it holds no shared variable."""
        match node:
            case ast.Attribute() if self._is_super(node.value):
                node.value = self.expr(node.value)
            case ast.Attribute():
                node.value = self.attribute_hook("store", node)
            case ast.Subscript():
                return self.item_reference(node, None, self.site("store", node), ast.Store())
            case ast.Starred():
                node.value = self.target(node.value)
            case ast.Tuple() | ast.List():
                node.elts = [self.target(element) for element in node.elts]
        return node

    def item_reference(
        self, node: ast.Subscript, load: ast.Constant | None, store: ast.Constant, context: ast.expr_context
    ) -> ast.expr:
        """Return the item zero of a reference, which stands for the item `node`."""
        arguments = [self.expr(node.value), self.key(node.slice), load or constant(0, node), store]
        reference = hook("__raddle_item_ref__", node, *arguments)
        return at(ast.Subscript(reference, constant(0, node), context), node)

    def attribute_reference(self, node: ast.Attribute, load: ast.Constant, store: ast.Constant) -> ast.expr:
        """Return the item zero of a reference, which stands for the attribute `node` that is read and then stored."""
        position = attribute_position(node)
        written = constant(self.scope.mangle(node.attr), position)
        reference = hook("__raddle_attr_ref__", position, self.expr(node.value), written, load, store)
        return at(ast.Subscript(reference, constant(0, position), ast.Store()), position)


def may_combine(operator: ast.operator, operand: ast.expr) -> bool:
    """Whether a container may be on the other side of what is combined with `operand`: `items * 2`."""
    if isinstance(operand, ast.Constant):
        return isinstance(operator, ast.Mult) and isinstance(operand.value, int)
    return not isinstance(operand, ast.JoinedStr)


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def _is_compiled(template: ast.expr) -> bool:
    """Whether the compiler makes of a format what it makes of an f-string, so that each value is read where it is evaluated."""
    written = template.value if isinstance(template, ast.Constant) else None
    return isinstance(written, str) and _PLAIN_FORMAT.fullmatch(written) is not None


def _written_out(name: ast.expr | None) -> str:
    """Return an attribute's name that is written out, or the one that stands for any."""
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else ANY
