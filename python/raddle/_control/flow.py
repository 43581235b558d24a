"""Facts: which reads a write depends on, found by interpreting each function over sets of reads.

Two facts are kept for a write.
Its *flow* are the reads whose value may be part of what it stores: the evidence for a lost update.
Its *guards* are the reads in the tests that decided whether it runs: the evidence for a stale check.

A local variable holds the set of reads its value was made from; an assignment replaces the set.
Where branches meet, sets of values are united, because either may have been taken,
and sets of guards are intersected, because only what was tested on every way there has decided anything.
If a branch may leave (`if k in d: return`), its test also decides what follows, up to the end of what is left.
Loops are interpreted until nothing changes.
A fact never leaves its function, and in doubt it is left out: a wrong one accuses a correct program.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from .conditions import TEST, Conditions
from .places import Guards, Place
from .reads import (
    NOTHING,
    UNGUARDED,
    ExpressionReader,
    Facts,
    Interruption,
    Reads,
    State,
    handles_failures,
    repeatable,
)
from .scopes import Scopes
from .sites import SourceText

__all__ = ["Facts", "facts"]

_LOOKUP_ERRORS = {
    "AttributeError": "attribute",
    "IndexError": "content",
    "KeyError": "content",
    "LookupError": "content",
    "NameError": "name",
}
"""Exceptions by which a failed read tells its result, and the kind of place that was read."""


def facts(tree: ast.Module, scopes: Scopes, text: SourceText) -> Facts:
    """Return the facts of all functions of a module, which must not have been rewritten yet."""
    interpreter = _Interpreter(scopes, text)
    interpreter.interpret(tree)
    facts = interpreter.facts
    deciding = {test for guards in facts.guards.values() for _, test in guards}
    facts.tests = {test: tree for test, tree in facts.tests.items() if test in deciding}
    return facts


@dataclass(slots=True)
class _Loop:
    """How control leaves the body of a loop."""

    breaks: list[State] = field(default_factory=list)
    continues: list[State] = field(default_factory=list)
    left_by: Reads = NOTHING
    """The reads in tests that decided to leave the loop from inside."""


def _join(states: list[State | None]) -> State | None:
    alive = [state for state in states if state is not None]
    if not alive:
        return None
    first, *others = alive
    for other in others:
        first = first.joined(other)
    return first


class _Interpreter(ExpressionReader):
    """Follows the statements of one function after the other."""

    def __init__(self, scopes: Scopes, text: SourceText) -> None:
        super().__init__(scopes, text)
        self._alive = True
        """Whether control can get to the statement at hand."""
        self._loops: list[_Loop] = []
        self._exits: list[Literal["return", "raise", "jump"]] = []
        """The exits met so far that lead out of the block at hand."""
        self._handlers: dict[type[ast.stmt], Callable[..., None]] = {
            ast.AnnAssign: self._annotated,
            ast.Assert: self._assert,
            ast.Assign: self._assign,
            ast.AsyncFor: self._for,
            ast.AsyncFunctionDef: self.define,
            ast.AsyncWith: self._with,
            ast.AugAssign: self._augmented,
            ast.Break: self._break,
            ast.ClassDef: self.define,
            ast.Continue: self._continue,
            ast.Delete: self._delete,
            ast.Expr: self._expression,
            ast.For: self._for,
            ast.FunctionDef: self.define,
            ast.If: self._if,
            ast.Import: self._import,
            ast.ImportFrom: self._import,
            ast.Match: self._match,
            ast.Raise: self._raise,
            ast.Return: self._return,
            ast.Try: self._try,
            ast.TryStar: self._try,
            ast.While: self._while,
            ast.With: self._with,
        }

    def interpret(self, tree: ast.Module) -> None:
        """Interpret the module's own statements, then each body met on the way."""
        self._run(tree.body, State())
        done: set[ast.AST] = set()
        while pending := [node for node in self.bodies if node not in done]:
            for node in pending:
                done.add(node)
                self._body(node)

    def _body(self, node: ast.AST) -> None:
        self.scope = self.scopes.of[node]
        self.choices = UNGUARDED
        if isinstance(node, ast.Lambda):
            self.state = State()
            self.read(node.body)
        else:
            assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            self._run(node.body, State())
        self._exits.clear()

    def _run(self, body: list[ast.stmt], state: State) -> State | None:
        """Interpret statements from `state` on; return what holds behind them, or None if control never gets there."""
        self.state, self._alive = state, True
        for statement in body:
            if not self._alive:
                return None
            self.choices = UNGUARDED
            handler = self._handlers.get(type(statement))
            if handler is not None:
                handler(statement)
        return self.state if self._alive else None

    def _continue_with(self, state: State | None) -> None:
        self._alive = state is not None
        if state is not None:
            self.state = state

    # Simple statements

    def _expression(self, node: ast.Expr) -> None:
        self.read(node.value)

    def _assign(self, node: ast.Assign) -> None:
        value = node.value
        if isinstance(value, ast.Tuple | ast.List):
            parts = [self.read(part) for part in value.elts]
            together = NOTHING.union(*parts) | {self.places.made(value)}
            for target in node.targets:
                if _fits(target, value):
                    for element, reads in zip(target.elts, parts, strict=True):  # type: ignore[attr-defined]
                        self.store(element, reads)
                else:
                    self.store(target, together)
        else:
            reads = self.read(value)
            for target in node.targets:
                self.assign(target, reads, value)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.assign(node.target, self.read(node.value), node.value)

    def _augmented(self, node: ast.AugAssign) -> None:
        target = node.target
        match target:
            case ast.Name(id=name) if self.scope.shared_owner(name) is None:
                before = self.state.values.get(name, NOTHING)
            case ast.Name(id=name):
                before = frozenset({self.note(target, "load", Place("name", name, "", carries_value=True))})
            case ast.Attribute():
                before = self.read(target.value) | {self.note(target, "load", self.places.attribute(target))}
            case ast.Subscript():
                before = self.read_all([target.value, target.slice])
                before |= {self.note(target, "load", self.places.item(target))}
        self.store(target, before | self.read(node.value))

    def _delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            match target:
                case ast.Name(id=name):
                    self.bind_name(target, name, NOTHING, "delete")
                case ast.Attribute():
                    self.read(target.value)
                    self.change((target, "delete"), self.places.attribute(target), is_tolerant=self.handled > 0)
                case ast.Subscript():
                    self.read_all([target.value, target.slice])
                    self.change((target, "delete"), self.places.item(target), is_tolerant=self.handled > 0)

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            name = alias.asname or alias.name
            self.bind_name(alias, name.partition(".")[0] if isinstance(node, ast.Import) else name, NOTHING)

    def _assert(self, node: ast.Assert) -> None:
        # It says what is taken for granted; nobody acts upon it.
        self.read(node.test)

    # Exits

    def _exit(self, kind: Literal["return", "raise", "jump"]) -> None:
        self._exits.append(kind)
        left = self._loops if kind != "jump" else self._loops[-1:]
        for loop in left:
            loop.left_by |= {read for read, _ in self.state.guards}
        self._alive = False

    def _return(self, node: ast.Return) -> None:
        self.read(node.value)
        self._exit("return")

    def _raise(self, node: ast.Raise) -> None:
        self.read_all([node.exc, node.cause])
        self._exit("raise")

    def _break(self, node: ast.Break) -> None:
        if self._loops:
            self._loops[-1].breaks.append(self.state)
        self._exit("jump")

    def _continue(self, node: ast.Continue) -> None:
        if self._loops:
            self._loops[-1].continues.append(self.state)
        self._exit("jump")

    # Branches

    def _if(self, node: ast.If) -> None:
        tests = self.test(node.test)
        before, exits = self.state, len(self._exits)
        self.lone = None if node.orelse else repeatable(node.body)
        ends = [self._run(branch, before.guarded(tests)) for branch in (node.body, node.orelse)]
        self.lone = None
        self._repeat(node)
        self._meet(before, tests, ends, exits)

    def _repeat(self, node: ast.If) -> None:
        """Let a store that is all that a test decides be made once more: `if not ready: ready = True`, `if x > 0: x = 0`."""
        match node:
            case ast.If(
                body=[
                    ast.Assign(
                        targets=[ast.Name() | ast.Attribute() | ast.Subscript() as target],
                        value=ast.Attribute() | ast.Constant() | ast.Name() as value,
                    ) as act
                ],
                orelse=[],
            ):
                decided, repeated = (node.test, TEST), (act, TEST)
                guards = self.facts.guards.get((target, "store"), UNGUARDED)
                if self.recording and decided in {test for _, test in guards}:
                    is_there = "surely", ("operator", "eq", (("asked",), self.conditions().of(value)))
                    self.facts.tests[repeated] = "holds", ("or", (self.facts.tests[decided], is_there))
                    # Only who has looked at the very place knows what is there.
                    single = {read for read, test in guards if test == decided and read[1] != "whole"}
                    pairs = ((read, repeated if read in single and test == decided else test) for read, test in guards)
                    self.facts.guards[target, "store"] = frozenset(pairs)

    def _match(self, node: ast.Match) -> None:
        subject = self.read(node.subject)
        conditions = self.conditions()
        before, exits = self.state, len(self._exits)
        ends: list[State | None] = []
        every = UNGUARDED
        for case in node.cases:
            tests = self.tested(case.pattern, subject, conditions.case(node, case))
            self.state = before.guarded(tests)
            for part in ast.walk(case.pattern):
                name = getattr(part, "rest" if isinstance(part, ast.MatchMapping) else "name", None)
                if name is not None:
                    self.bind_name(part, name, subject)
            if case.guard is not None:
                tests |= self.test(case.guard)
            every |= tests
            ends.append(self._run(case.body, self.state.guarded(tests)))
        last = node.cases[-1]
        if last.guard is not None or not _always_matches(last.pattern):
            tests = self.tested(node, subject, conditions.case(node, None))
            every |= tests
            ends.append(before.guarded(tests))
        self._meet(before, every, ends, exits)

    def _meet(self, before: State, tests: Guards, ends: list[State | None], exits: int) -> None:
        """Continue behind branches; their test goes on to decide what runs only if one of them may leave."""
        after = _join(ends)
        if after is not None and len(self._exits) == exits:
            after.guards -= tests - before.guards
        self._continue_with(after)

    # Loops

    def _while(self, node: ast.While) -> None:
        endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
        self._loop(node, lambda: self.test(node.test), endless=endless)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        iterated = self.read(node.iter)

        def next_element() -> Guards:
            self.store_element(node.target, iterated)
            return UNGUARDED

        self._loop(node, next_element, endless=False)

    def _loop(self, node: ast.While | ast.For | ast.AsyncFor, test: Callable[[], Guards], *, endless: bool) -> None:
        head, exits = self.state, len(self._exits)
        while True:
            loop = _Loop()
            self._loops.append(loop)
            self.state = State(dict(head.values), head.guards, dict(head.trees))
            tests = test()
            tested = self.state.guarded(tests)
            end = self._run(node.body, self.state.guarded(tests))
            self._loops.pop()
            again = _join([head, end, *loop.continues])
            if again is None or again == head:
                break
            head = again
        self._exits[exits:] = [exit_ for exit_ in self._exits[exits:] if exit_ != "jump"]
        # A search that leaves the loop when it finds something has, at the loop's end, looked at all of it.
        searched = UNGUARDED
        if not isinstance(node, ast.While) and (sources := self.sources(loop.left_by)):
            searched = self.tested(node, sources, Conditions(self.scope, head.trees).search(node))
        done = None if endless else tested.guarded(searched)
        if done is not None and node.orelse:
            done = self._run(node.orelse, done)
        self._continue_with(_join([done, *loop.breaks]))

    # Regions that exceptions leave

    def _region(self, body: list[ast.stmt], before: State, *, handles_failures: bool) -> tuple[State | None, Interruption]:
        interruption = Interruption()
        self.interruptions.append(interruption)
        self.handled += handles_failures
        end = self._run(body, State(dict(before.values), before.guards, dict(before.trees)))
        self.handled -= handles_failures
        self.interruptions.pop()
        return end, interruption

    def _with(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            reads = self.read(item.context_expr)
            if item.optional_vars is not None:
                self.store(item.optional_vars, reads)
        before = self.state
        end, interruption = self._region(node.body, before, handles_failures=any(map(_suppresses, node.items)))
        # A context manager may swallow the exception that left its body.
        self._continue_with(end if end is not None else interruption.state(before))

    def _try(self, node: ast.Try | ast.TryStar) -> None:
        before = self.state
        whole = Interruption()
        self.interruptions.append(whole)
        after = self._try_without_finally(node, before)
        self.interruptions.pop()
        if node.finalbody:
            abrupt = whole.state(before)
            self._run(node.finalbody, abrupt if after is None else abrupt.joined(after))
            recording, self.recording = self.recording, False
            after = self._run(node.finalbody, after) if after is not None else None
            self.recording = recording
        self._continue_with(after)

    def _try_without_finally(self, node: ast.Try | ast.TryStar, before: State) -> State | None:
        exits = len(self._exits)
        handles = any(handles_failures(handler.type) for handler in node.handlers)
        end, interruption = self._region(node.body, before, handles_failures=handles)
        if node.handlers:
            self._exits[exits:] = [exit_ for exit_ in self._exits[exits:] if exit_ != "raise"]
        ends = [self._run(node.orelse, end) if end is not None else None]
        for handler in node.handlers:
            state = interruption.state(before)
            self.state = state.guarded(self._failed_read(handler, interruption))
            self.read(handler.type)
            if handler.name is not None:
                self.bind_name(handler, handler.name, NOTHING)
            ends.append(self._run(handler.body, self.state))
        return _join(ends)

    def _failed_read(self, handler: ast.ExceptHandler, interruption: Interruption) -> Guards:
        """Return the read whose failure a handler was made for, where there is only one that it can be.

        `try: return d[k]` with `except KeyError: d[k] = v` checks and acts just as `if k not in d` does.
        """
        caught = handler.type
        kind = _LOOKUP_ERRORS.get(caught.id) if isinstance(caught, ast.Name) else None
        reads = {read for read in interruption.reads if self.places[read].kind == kind and read[1] != "contains"}
        if len(reads) != 1:
            return UNGUARDED
        (read,) = reads
        return self.tested(handler, frozenset(reads), ("holds", ("missing", read)))


def _suppresses(item: ast.withitem) -> bool:
    """Whether this is `contextlib.suppress` with an exception of an act that finds nothing."""
    match item.context_expr:
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=args):
            return any(map(handles_failures, args))
    return False


def _fits(target: ast.expr, value: ast.Tuple | ast.List) -> bool:
    """Whether each part of `value` is stored to one part of `target`."""
    return (
        isinstance(target, ast.Tuple | ast.List)
        and len(target.elts) == len(value.elts)
        and not any(isinstance(part, ast.Starred) for part in (*target.elts, *value.elts))
    )


def _always_matches(pattern: ast.pattern) -> bool:
    if isinstance(pattern, ast.MatchOr):
        return any(map(_always_matches, pattern.patterns))
    return isinstance(pattern, ast.MatchAs) and (pattern.pattern is None or _always_matches(pattern.pattern))
