"""Rewritten code does what plain code does, and announces every access to shared state."""

from __future__ import annotations

import linecache
import sys
import textwrap
import types
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from raddle._control.pure import treatment
from raddle._control.rewrite import Site, rewrite

if TYPE_CHECKING:
    from conftest import Hooks


class Outcome(NamedTuple):
    """What running a program came to."""

    out: str
    error: str
    frames: list[tuple[str, tuple[int | None, ...]]]
    """The program's own frames in the traceback: the function, and the lines and columns of the failing operation."""
    globals: list[str]


def run(code: types.CodeType) -> Outcome:
    """Run a program whose results are in its variable `out`."""
    module = types.ModuleType("program")
    module.__file__ = code.co_filename
    sys.modules["program"] = module
    error, frames = "", []
    try:
        exec(code, vars(module))
    except Exception as raised:
        error = f"{type(raised).__name__}: {raised}"
        trace = raised.__traceback__
        while trace is not None:
            ran = trace.tb_frame.f_code
            if ran.co_filename == code.co_filename:
                position = next(islice(ran.co_positions(), trace.tb_lasti // 2, None))
                frames.append((ran.co_qualname, position))
            trace = trace.tb_next
    finally:
        del sys.modules["program"]
    return Outcome(repr(vars(module).get("out")), error, frames, sorted(vars(module)))


PROGRAMS = {
    "name mangling": """
        class _Private:
            __count = 3
            def __init__(self):
                self.__x = 1
                self.__x += 1
                self.__dict__["seen"] = sorted(self.__dict__)
                self.__list = []
                self.__list.append(self.__x)
            def rest(self):
                del self.__list
                return sorted(vars(self)), getattr(self, "_Private__x"), hasattr(self, "__x"), self.__count
        out = _Private().seen, _Private().rest()
        """,
    "mangled globals": """
        __hidden = 1
        class C:
            def f(self):
                global __hidden
                __hidden = 5
                __hidden += 1
                return __hidden
        out = C().f(), __hidden, _C__hidden
        """,
    "super without arguments": """
        class A:
            items = [1]
            def get(self): return ["A"]
        class B(A):
            def get(self): return super().get() + super().items
            @classmethod
            def make(cls): return super().__new__(cls)
            def shown(self): return [super(B, self).get() for _ in range(1)]
        out = B().get(), type(B.make()).__name__, B().shown(), B.__mro__[1].__name__
        """,
    "slots": """
        class P:
            __slots__ = ("x", "__y")
            def __init__(self): self.x = 1; self.__y = 2
            def sum(self): return self.x + self.__y
        p = P()
        p.x += 5
        out = p.sum(), hasattr(p, "z"), P.__slots__
        p.z = 1
        """,
    "properties and descriptors": """
        log = []
        class D:
            def __get__(self, obj, owner=None): log.append("get"); return obj.__dict__.get("d", 0)
            def __set__(self, obj, value): log.append("set"); obj.__dict__["d"] = value
            def __delete__(self, obj): log.append("delete"); obj.__dict__.pop("d")
        class C:
            d = D()
            @property
            def p(self): log.append("p"); return 7
            @p.setter
            def p(self, value): log.append(value)
        c = C()
        c.d = 3; c.d += 4; c.p = 5; c.p -= 1
        first = c.d
        del c.d
        out = first, c.d, log
        """,
    "attribute hooks of the user": """
        log = []
        class C:
            def __getattr__(self, name): log.append(name); return name
            def __setattr__(self, name, value): log.append((name, value)); super().__setattr__(name, value)
            def __delattr__(self, name): log.append("del " + name); object.__delattr__(self, name)
        c = C()
        c.a = c.b
        c.a += "x"
        del c.a
        out = log, getattr(c, "zz"), hasattr(c, "yy")
        """,
    "order of evaluation": """
        log = []
        class O:
            def __getattr__(self, name): log.append("load " + name); return self
            def __setattr__(self, name, value): log.append("store " + name)
            def __getitem__(self, key): log.append(("load", key)); return self
            def __setitem__(self, key, value): log.append(("store", key))
            def __delitem__(self, key): log.append(("delete", key))
            def __contains__(self, item): log.append(("in", item)); return True
            def __call__(self, *args, **kwargs): log.append((len(args), sorted(kwargs))); return self
            def __iadd__(self, other): log.append("iadd"); return self
        def say(what, value=None): log.append(what); return O() if value is None else value
        say("a").x = say("b").y
        say("a")[say("k", 1)] = say("b")[say("j", 2)]
        say("a").x += say("b")
        say("a")[say("k", 1)] += say("b")
        say("a").f(say("x"), *[say("y")], k=say("z"), **{"m": say("w")})
        say("item", 5) in say("container")
        say("item", 5) not in say("container")
        say("a").x, (say("b")[say("k", 3)], *say("c").y) = say("v", (1, (2, 3, 4)))
        del say("a")[say("k", 4)], say("b")[say("l", 5)]
        say("a")[say("lo", 1):say("hi", 2), ::say("st", 3)]
        out = log
        """,
    "targets of for": """
        class O: pass
        o, d = O(), {}
        for o.x in range(3): pass
        for d["k"], (o.y, *d["rest"]) in [(1, (2, 3, 4))]: pass
        got = [o.z for o.z in "ab"]
        out = vars(o), d, got
        """,
    "targets of with": """
        class M:
            def __init__(self, v): self.v = v
            def __enter__(self): return self.v
            def __exit__(self, *exc): log.append(self.v); return exc[0] is ZeroDivisionError
        class O: pass
        log, o, d = [], O(), {}
        with M(1) as o.x, M((2, 3)) as (d["a"], o.y): log.append("body")
        with M(4) as d["b"]: 1 / 0
        out = vars(o), d, log
        """,
    "targets of del": """
        class O: pass
        o, d, l = O(), {1: 1, 2: 2}, [0, 1, 2, 3]
        o.x = o.y = 1
        x = 1
        del o.x, (d[1], [l[0]]), x, l[1:]
        out = vars(o), d, l, "x" in globals()
        """,
    "unpacking and stars": """
        class O: pass
        o, d = O(), {}
        o.a, *o.b, d["c"] = range(5)
        [o.e, [*d["f"]]] = 1, "xy"
        a, b = {1: 2, 3: 4}
        items = [1, 2]
        options = {"k": 1}
        def f(*args, **kwargs): return args, kwargs
        out = vars(o), d, (a, b), [*items, *items], {**options, "j": 2}, f(*items, **options), {*items}
        x, y = items[0],
        """,
    "walrus": """
        class O: pass
        o = O(); o.items = [1, 2, 3]
        def f(d):
            if (n := d.get("n", 0)) > 1 and (m := n + 1):
                return n, m
            return [y := x * 2 for x in o.items], y
        while (last := o.items) and len(last) > 1: last.pop()
        out = f({"n": 5}), f({}), last
        """,
    "chained comparison": """
        class O: pass
        o = O(); o.x, o.d = 3, {3: 1}
        calls = []
        def once(v): calls.append(v); return v
        out = 1 < o.x < 5, 1 < once(3) in o.d, 5 < once(1) in once({}), 3 in o.d in [o.d], o.x == o.x != 4, calls
        """,
    "slices": """
        class Seen:
            def __getitem__(self, key): return key
            def __setitem__(self, key, value): log.append((key, value))
            def __delitem__(self, key): log.append(key)
        log, s, i = [], Seen(), 1
        slice = "shadowed"
        s[i:2] = s[::i]
        s[i:2, ..., :3] += (1,)
        del s[:, i]
        l = list(range(9)); l[1:4] = l[6:]; l[::4] = "abc"; del l[-2:]
        out = s[1:2:3], s[i:, :i], s[i], s[()], s[i,], s[*(1, 2), 3], log, l
        """,
    "match": """
        class P:
            __match_args__ = ("x", "y")
            def __init__(self, x, y): self.x, self.y = x, y
        class Color: RED = 1
        def f(v):
            match v:
                case Color.RED: return "red"
                case P(0, y=y): return "p", y
                case {"k": k, **rest} if k > 1: return k, rest
                case [1, *others, last] | (2 as last, *others): return others, last
                case str() as s if s: return s
                case _: return "other"
        out = [f(v) for v in (1, P(0, 5), {"k": 2, "m": 3}, {"k": 1}, [1, 2, 3], [2, 3], "s", "", None)]
        """,
    "f-strings": """
        class O: pass
        o = O(); o.name, o.d, o.w = "n", {"k": 1.5}, 8
        items = [1, 2]
        out = f"{o.name!r:>{o.w}} {o.d['k']:.2f} {items} {o.name=} {len(items)} {'x' if o.d else 'y'}", f'''
        {o.name} {
            items[0]
        }'''
        """,
    "dataclass": """
        from dataclasses import dataclass, field, replace
        @dataclass(order=True)
        class D:
            x: int = 0
            items: list = field(default_factory=list)
            def add(self, v): self.items.append(v); self.x += v; return self
        out = D().add(2), replace(D(1), x=5), D(1) < D(2), D.__annotations__, D.__dataclass_fields__["x"].type
        """,
    "future annotations": """
        '''The documentation.'''
        from __future__ import annotations
        total: undefined.name[unknown] = 1
        def f(x: no.such[thing] = 2) -> nor.this:
            y: or_that[1] = x
            return y
        class C:
            a: some.type
            b: int = 3
        out = __doc__, f.__annotations__, f(), C.__annotations__, C.b, __annotations__
        """,
    "annotations": """
        class O: pass
        o, d = O(), {}
        kinds = {"int": int}
        o.x: kinds["int"] = 1
        d["k"]: int = 2
        (y): int = 3
        z: kinds["int"]
        def f(a: kinds["int"] = 1, *, b: "str" = "s") -> kinds["int"]: return a
        out = vars(o), d, y, f.__annotations__, __annotations__
        """,
    "async and await": """
        import asyncio
        class M:
            async def __aenter__(self): return self
            async def __aexit__(self, *exc): self.left = True
        class O: pass
        o = O(); o.n = 0; o.items = []
        async def numbers():
            for o.i in range(3): yield o.i
        async def work():
            async with M() as o.m: o.n += await asyncio.sleep(0, 5)
            async for o.items[0:0] in numbers_of_lists(): pass
            return [x async for x in numbers() if x in (0, 2)], {k: await asyncio.sleep(0, k) for k in range(2)}
        async def numbers_of_lists():
            async for n in numbers(): yield [n]
        out = asyncio.run(work()), o.n, o.items, o.m.left
        """,
    "generators": """
        class O: pass
        o = O(); o.log = []
        def g(n):
            try:
                o.got = yield n
                o.got += yield from h()
                return o.got
            finally: o.log.append("closed")
        def h():
            yield from o.log or [9]
            return 10
        it = g(1)
        first = next(it), it.send(5)
        try: next(it)
        except StopIteration as stop: last = stop.value
        other = g(2); next(other); other.close()
        out = first, last, o.log, sum(x for x in o.log[:0]), list(g(3) for _ in o.log)[0].gi_code.co_name
        """,
    "comprehensions with shared variables": """
        total = 0
        factor = 2
        def add(xs):
            global total, factor
            factor += 1
            total = sum([x * factor for x in xs if x < factor or total])
            return {factor: total for _ in xs}, {(total := total + x) for x in xs}, [[factor for _ in "a"] for _ in "b"]
        out = add([1, 2]), total
        class C:
            seen = [factor for _ in range(2)]
            also = factor
        out += C.seen, C.also
        """,
    "class bodies": """
        limit = 1
        limit = 2
        def use(): return limit
        class C:
            limit = limit
            bound = limit + 1
            for i in range(limit): bound += i
            class D:
                deep = limit
                def method(self): return limit
            table = {limit: [x + 1 for x in range(limit)]}
        def outer():
            n = 1
            class E:
                nonlocal n
                n += 1
                copy = n
                def get(self): return n
            return n, E.copy, E().get()
        names = sorted(k for k in vars(C) if "__" not in k)
        out = C.limit, C.bound, C.D.deep, C.D().method(), C.table, use(), outer(), names
        """,
    "decorators": """
        import functools
        class App:
            def __init__(self): self.routes = {}
            def route(self, path, **options):
                def keep(f): self.routes[path] = f.__name__, options; return f
                return keep
        app, paths = App(), ["/x"]
        def twice(f):
            @functools.wraps(f)
            def inner(*args, **kwargs): return f(*args, **kwargs), f(*args, **kwargs)
            return inner
        @app.route(paths[0], kind=paths)
        @twice
        def f(x): "doc"; return x
        @twice
        class C: pass
        @(lambda cls: cls)
        class D: pass
        out = f(1), f.__name__, f.__doc__, app.routes, len(C()), D.__name__
        """,
    "chains of nonlocal": """
        def a():
            x, y = 0, []
            def b():
                nonlocal x
                x += 1
                y.append(x)
                def c():
                    nonlocal x
                    x, z = x * 10, x
                    for x in [x + 1]: pass
                    return z, locals()
                return c(), x
            return b(), x, y, sorted(locals())
        out = a()
        def counter():
            n = 0
            def step():
                nonlocal n
                n += 1
                return n
            return step, lambda: n
        step, look = counter()
        step(), step()
        out += look(), counter()[0](), step.__name__, step.__qualname__
        """,
    "defaults of parameters": """
        class O: pass
        o = O(); o.x = 1; values = {"k": 2}
        f = lambda a, b=o.x, *c, d=values["k"], **e: (a, b, c, d, e)
        def g(a=o.x, /, b=values["k"], *, c=[o.x]): return a, b, c
        o.x = values["k"] = 9
        out = f(0), f(0, 1, 2, d=3, e=4), g(), [h() for h in [lambda v=v: v for v in values]]
        """,
    "except with shared variables": """
        error = None
        def f():
            global error
            try: 1 / 0
            except ZeroDivisionError as error:
                kept = str(error)
                try: raise KeyError("k")
                except KeyError as inner: kept += str(inner)
                else: kept += "never"
                finally: kept += "finally"
            return kept, "error" in globals()
        def g():
            global error
            try: {}["x"]
            except (KeyError, TypeError) as error:
                error = 5
                return "left"
            finally: log.append("error" in globals())
        log = []
        out = f(), g(), log, "error" in globals()
        """,
    "exception groups": """
        log = []
        def f():
            global caught
            try: raise ExceptionGroup("g", [ValueError(1), KeyError(2)])
            except* ValueError as caught: log.append(len(caught.exceptions))
            except* KeyError as other: log.append(other.exceptions)
            return "caught" in globals()
        out = f(), log
        """,
    "global at the module's level": """
        global x
        x = 1
        x += 1
        def f():
            global x, made
            del x
            made = 3
            def inner(): return made
            return inner()
        out = x, f(), made, "x" in globals()
        """,
    "shared variables in every kind of binding": """
        class M:
            def __enter__(self): return (1, [2, 3])
            def __exit__(self, *exc): pass
        def f(subject):
            global a, b, c, d, e, g, h, json, path, os, K, m, n
            with M() as (a, [b, *c]), M() as d, M(): log.append((a, b, c, d))
            for e, log[0:0] in [(1, [2]), (3, [4])]: log.append(e)
            g = h = [e]
            g, log[0], (h, *_) = 1, g, "xyz"
            import json, os.path
            from os import path, sep as sep2
            class K: kind = "class"
            @staticmethod
            def m(): return "function"
            match subject:
                case {"n": n, **rest} if n > 1: log.append(n)
                case [n, *_] | (n, ): log.append(("list", n))
                case n: log.append(("any", n))
            return a, b, c, d, e, g, h, json.__name__, path is os.path, K.kind, m(), n
        log = []
        out = f({"n": 1}), f({"n": 2}), f([7, 8]), log, sorted(set(globals()) - {"f", "M", "log"}), m.__qualname__
        """,
    "the order of shared and other targets": """
        def f():
            global i
            i = 0
            cells = [0, 0, 0, 0]
            i, cells[i] = 2, "two"
            (cells[i], i), cells[i] = ("a", 3), "b"
            for i, cells[i] in enumerate("xy"): pass
            cells[i], i = i, cells
            return cells[:1], i is cells
        out = f()
        """,
    "augmented assignment of everything": """
        class V:
            def __init__(self, n): self.n = n
            def __iadd__(self, o): self.n += o; return self
            def __sub__(self, o): return V(self.n - o)
        count = V(1); names = [1]
        def f(d):
            global count
            same = count
            count += 5
            count -= 1
            d["v"] += 1; d["l"] += [2]; d["l"][0] *= 7; d["s"] |= {3}
            local = d["l"]
            local += [names[0]]
            local += [x for x in "q"]
            return count.n, same.n, d, local is d["l"]
        out = f({"v": 1, "l": [1], "s": {1}})
        """,
    "methods named like those of containers": """
        class Box:
            def __init__(self): self.items, self.count, self.index = [1], 2, {}
            def append(self, *args, **kwargs): return "append", args, kwargs
            def get(self, k, default=None): return "get", k, default
            def pop(self): return super().__repr__() and "pop"
            copy = property(lambda self: "copied")
        box, pair = Box(), (1, 2, 1)
        box.count += 1
        bound = box.get
        out = (
            box.append(1, *pair, k=2, **{"m": 3}), box.get("k", default=4), box.pop(), box.copy, box.items, box.count,
            bound(1), box.items.append(3), [].append(1), pair.count(1), "a,b".index(","), dict.get({1: 2}, 1),
            list(map(str.upper, "ab")), max({1: 5, 2: 3}, key={1: 5, 2: 3}.get), ",".join(map(str, box.items)),
        )
        """,
    "getattr and its kin": """
        class O: pass
        o = O(); names = ("x",)
        setattr(o, "x", 1)
        out = [getattr(o, "x"), getattr(o, *names), getattr(o, "y", 2), hasattr(o, "y"), getattr(*(o, "x"))]
        delattr(o, "x")
        def f():
            def getattr(*args): return "mine"
            return getattr(o, "x")
        out.append(f())
        getattr(o, "x")
        """,
    "shadowed builtins": """
        def sum(xs): return "my sum"
        class super:
            x = 5
        len = lambda o: "my len"
        out = sum([1]), len("a"), super().x, [sorted for sorted in "a"]
        """,
    "truth of containers and of classes": """
        class T:
            def __init__(self, v): self.v = v; self.asked = 0
            def __bool__(self): self.asked += 1; return self.v
        t, f, empty = T(True), T(False), []
        picked = t and f, f and t, t or f, f or t, not t, t if f else empty, empty or t, not empty
        while f: pass
        if t and not empty or f: pass
        assert t
        out = [p if isinstance(p, bool) else (p is t, p is f) for p in picked], t.asked, f.asked
        """,
    "functions as users see them": """
        import inspect
        def outer():
            "The documentation."
            n = 0
            def inner():
                nonlocal n
                n += 1
            return inner
        class C:
            "Of the class."
            def method(self, x: int = 1) -> int:
                "Of the method."
                return self.attribute.other[x]
        global_one = 1
        def again():
            global redefined
            def redefined(a): return global_one
        again()
        out = (
            inspect.getsource(outer), inspect.getsource(C), inspect.getsource(C.method), inspect.getsource(redefined),
            inspect.signature(C.method), outer.__doc__, C.__doc__, C.method.__doc__, redefined.__name__,
            redefined.__code__.co_firstlineno, outer().__qualname__, outer.__code__.co_firstlineno,
        )
        """,
    "locals and vars": """
        def f(a):
            n = a
            def g():
                nonlocal n
                n += 1
                return locals()
            g()
            return locals().keys() - {"g"}, sorted(vars()), g()
        class C:
            x = 1
            names = sorted(k for k in locals() if "__" not in k)
        out = f(1), C.names
        """,
    "lifetime of objects": """
        import weakref
        class O: pass
        last = None
        def f():
            global last
            last = other = O()
            ref = weakref.ref(last)
            last, other = None, None
            alive = ref() is not None
            for last in [O()]:
                ref = weakref.ref(last)
                last = None
            return alive, ref() is not None
        out = f()
        """,
    "enumerations and named tuples": """
        import enum, typing
        class E(enum.Enum):
            A = 1
            B = A + 1
            @property
            def half(self): return self.value / 2
        class N(typing.NamedTuple):
            x: int = 0
            y: typing.Optional[list[int]] = None
        T = typing.TypeVar("T")
        class G(typing.Generic[T]): pass
        out = E.B.half, list(E), E["A"], N(1)._replace(y=[2]), G[int], dict[str, list[T]]
        """,
    "subclasses of containers": """
        class D(dict):
            def __getitem__(self, k): return "item", k
            def __missing__(self, k): return "missing"
            def __setitem__(self, k, v): super().__setitem__(k, ("set", v))
            def get(self, k): return dict.get(self, k)
            def __contains__(self, k): return k == "magic"
        d = D(a=1)
        d["b"] = 2
        d["c"] += ("x",)
        out = d["a"], d.get("a"), d.get("b"), dict.__getitem__(d, "c"), "magic" in d, "a" not in d, sorted(d), dict(d)
        """,
    "a missing attribute": """
        class O: pass
        def f(o):
            return (o
                .missing)
        f(O())
        """,
    "a missing method of a container": """
        def f(o):
            return (o
                .append
                (1,
                 2))
        f(3)
        """,
    "a method that raises": """
        class O:
            def pop(self, *args): raise ValueError("no")
        def f(o):
            (o.me
                .pop(1,
                     2))
        o = O(); o.me = o
        f(o)
        """,
    "a failed augmented attribute": """
        class O: x = "s"
        def f(o):
            (o
              .x) += 1
        f(O())
        """,
    "a failed augmented item": "def f(d):\n    d['k'][0] += 1\nf({'k': ('a',)})",
    "a failed augmented global": """
        count = "s"
        def f():
            global count
            count += (
                1)
        f()
        """,
    "a failed item": "d = {}\ndef f(k):\n    return [d[k] for _ in 'a']\nf('nope')",
    "a failed store of an item": "t = (1, 2)\nt[0], x = 3, 4",
    "a failed deletion": "class O: pass\no = O()\ndel o.x",
    "a failed membership test": "n = 5\ndef f(): return 1 in n\nf()",
    "a failed iteration": "n = 5\nfor x in n: pass",
    "a failed unpacking": """
        def f():
            global a, b
            (a,
             b) = [1, 2, 3]
        f()
        """,
    "a name that is missing": """
        def f():
            global gone
            gone = 1
            del gone
            return [1,
                gone]
        f()
        """,
    "a cell that is empty": """
        def f():
            def g():
                nonlocal n
                n += 1
            if False: n = 0
            g()
        f()
        """,
    "a failed assertion": "class O: items = []\no = O()\nassert o.items, f'no {o.items}'",
    "a failed getattr": "class O: pass\ngetattr(O(),\n    'missing')",
    "an exception through a with statement": """
        class M:
            def __enter__(self): return 1
            def __exit__(self, *exc): raise KeyError("exit")
        def f():
            global v
            with M() as v, M() as w:
                raise ValueError
        f()
        """,
}

if sys.version_info >= (3, 12):
    PROGRAMS["type parameters"] = """
        limit = 1
        limit = 2
        type Alias[T] = dict[str, T]
        def f[T: (int, str), *Ts, **P](x: T = limit) -> T:
            nonlocal_one = 0
            def g[U](y: U) -> tuple[T, U]:
                nonlocal nonlocal_one
                nonlocal_one += 1
                return T, U, limit
            return g(1), nonlocal_one, x
        class C[T](list[T]):
            kind = limit
            def method[V](self, v: V) -> T: return self.append(v), T, V, super().__len__()
        out = f(), C[int]([1]).method(2), C.kind, Alias.__value__, f.__type_params__, C.__qualname__, f.__annotations__
        """


def written(directory: Path, source: str) -> tuple[str, str]:
    """Write a program to a file, so that its source can be found; returns the source and the file's name."""
    path = directory / "program.py"
    source = textwrap.dedent(source).strip("\n") + "\n"
    path.write_text(source, encoding="utf-8")
    linecache.checkcache(str(path))
    return source, str(path)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_rewritten_program_does_what_the_plain_one_does(program: str, tmp_path: Path, hooks: Hooks) -> None:
    source, filename = written(tmp_path, PROGRAMS[program])
    plain = run(compile(source, filename, "exec", dont_inherit=True))
    code, sites = rewrite(source, filename, 500)
    assert run(code) == plain
    assert plain.out != "None" or plain.error
    assert all(500 <= note.site < 500 + len(sites) for note in hooks.announced)


def announced(source: str, hooks: Hooks) -> tuple[list[str], list[Site]]:
    """Run a program rewritten; return what it announced, in order, and its sites."""
    code, sites = rewrite(textwrap.dedent(source).strip("\n"), "program.py", 1)
    assert not run(code).error
    return [f"{note.kind} {sites[note.site - 1].text}" for note in hooks.announced], sites


ACCESSES = {
    "attributes": (
        """
        class O: pass
        o = O()
        o.x = 1
        o.x += o.x
        del o.x
        """,
        ["store o.x", "load o.x", "load o.x", "whole o.x", "change o.x", "store o.x", "delete o.x"],
    ),
    "items": (
        """
        d = {}
        d["k"] = 1
        d["k"] -= d["k"]
        del d["k"]
        [1, 2][0], {"k": 2}["k"], "abc"[1:]
        """,
        [
            *('store d["k"]', 'load d["k"]', 'load d["k"]', 'whole d["k"]'),
            *('change d["k"]', 'store d["k"]', 'delete d["k"]'),
        ],
    ),
    "globals": (
        """
        count = 0
        constant = 5
        def f():
            global count
            count *= constant
            return count
        f()
        del count
        """,
        ["store count", "load count", "whole constant", "change count", "store count", "load count", "delete count"],
    ),
    "closure cells": (
        """
        def f(given):
            n = given
            def g():
                nonlocal n
                n += 1
                n *= given
            g()
            return n
        f(1)
        """,
        ["store n", "load n", "store n", "load n", "whole given", "change n", "store n", "load n"],
    ),
    "a variable that an inner function sees change": (
        """
        def f():
            done = False
            once = 1
            def wait(): return done, once
            wait()
            done = True
        f()
        """,
        ["store done", "load done", "store done"],
    ),
    "a variable that a module's function sees change": (
        """
        ready = False
        def f(): return ready
        f()
        ready = True
        alone = 1
        alone += 1
        for alone in []: pass
        """,
        ["store ready", "load ready", "store ready"],
    ),
    "every variable bound again where they are reached by name": (
        """
        alone = 1
        alone += 1
        globals()["alone"]
        """,
        ["store alone", "load alone", "store alone", 'load globals()["alone"]'],
    ),
    "methods of containers": (
        """
        items, d = [], {1: 2}
        items.append(len(items))
        bound = items.extend
        bound(d.get("k", (1, 1)))
        items.remove(0)
        items.sort(key=d.get)
        """,
        [
            "whole items",
            "method items.append",
            "method d.get",
            "method items.extend",
            "method items.remove",
            "method items.sort",
            *["method d.get"] * 2,
        ],
    ),
    "membership": (
        """
        d = {}
        1 in d, 1 not in d, 1 in (1, 2), 0 < 1 in d
        """,
        ["contains 1 in d", "contains 1 not in d", "whole d"],
    ),
    "whole containers": (
        """
        items, d = [1, 2], {}
        for _ in items: pass
        [_ for _ in items], [*items], {**d}
        a, b = items
        print(*d), len(d), str(d), f"{d}", sum(items), ",".join(d), items + items, items == [1], items * 2
        """,
        [
            *["each items"] * 2,
            *[f"whole {name}" for name in ["items", "d", "items"] + ["d"] * 4 + ["items", "d"] + ["items"] * 4],
        ],
    ),
    "what loops walk through": (
        """
        items, d = [1, 2], {1: 2}
        def get(): return d
        for _ in d.items(): pass
        for _ in range(2): pass
        for _ in sorted(d), [], {1}: pass
        for _ in get() if d else []: pass
        for _ in enumerate(items, 1): pass
        for _ in zip(items, enumerate(d.values())): pass
        {x for _ in "a" for x in d}, list(_ for _ in items)
        def delegate(): yield from items
        list(delegate()), next(iter(items))
        list(map(str, items)), list(map(lambda x: x, items)), max(items, key=lambda x: x), max(items)
        """,
        [
            *["load d.items", "each d.items", "whole d", "whole d", "each get()", "whole items", "each items"],
            *["whole items", "load d.values", "whole d.values", "each items", "each d.values", "each d", "each items"],
            *["whole delegate()", "each items", "whole items", "whole iter(items)"],
            *["each items", "whole map(lambda x: x, items)", "whole items"],
        ],
    ),
    "what calls return": (
        """
        import heapq
        d = {"q": []}
        def get(): return d
        if not get(): pass
        len(get()), len(d.values()), sorted(get().values()), len(str(1))
        x, = get()
        [*get()], f"{get()}"
        assert (y := get())
        heapq.heapify(d.get("q"))
        heapq.nlargest(1, get().items())
        async def ask():
            while not await nothing(): pass
        """,
        [
            *["whole get()", "whole get()", "load d.values", "whole d.values", "load get().values", "whole get().values"],
            *["whole get()", "whole get()", "whole get()", "whole y := get()"],
            *["method d.get", 'whole d.get("q")', 'change d.get("q")', "method get().items", "whole get().items()"],
        ],
    ),
    "truth": (
        """
        items, d = [], {}
        if items or d: pass
        while not items and d: pass
        x = items or d
        y = 1 if items else 2
        assert not (items if items else d)
        [_ for _ in "a" if items]
        """,
        [f"whole {name}" for name in ("items", "d", "items", "d", "items", "items", "items", "d", "items")],
    ),
    "arguments of code that is not rewritten": (
        """
        import heapq, json, random, threading, os.path
        from copy import deepcopy
        from random import shuffle as mix
        items = [2, 1]
        heapq.heapify(items)
        mix(items)
        mix(x=items) if not items else None
        json.dumps(items), deepcopy(items), os.path.join("a"), threading.Thread(args=items)
        list.append(items, 1)
        """,
        ["whole items", "change items", "escape items", "whole items", "whole items", "whole items"],
    ),
    "builtins beside a star import": (
        """
        from keyword import *
        items = [1]
        len(items), iskeyword("if")
        """,
        ["whole items"],
    ),
    "super": (
        """
        class A:
            def __init__(self): super().__init__()
            f_ = property(lambda self: 1)
        class B(A):
            def f(self): return super().f_
        B().f()
        class C(dict):
            def both(self): super().update(x=1); super().__setattr__("x", 2)
        C().both()
        """,
        [
            *["load B().f", "load super().f_"],
            *["load C().both", "method super().update", 'store super().__setattr__("x", 2)'],
        ],
    ),
    "getattr and its kin": (
        """
        class O: pass
        o = O()
        setattr(o, "x", 1)
        getattr(o, "x"), hasattr(o, "x")
        delattr(o, "x")
        object.__setattr__(o, "x", 1)
        o.__getattribute__("x")
        """,
        [
            *['store setattr(o, "x", 1)', 'load getattr(o, "x")', 'load hasattr(o, "x")', 'delete delattr(o, "x")'],
            *['store object.__setattr__(o, "x", 1)', 'load o.__getattribute__("x")'],
        ],
    ),
    "in-place changes through a local name": (
        """
        items = [1]
        def f(mine):
            mine += [2]
            mine += 1,
            mine *= 2
            other = mine
            other += mine
            count = 0
            count += len("a")
        f(items)
        """,
        ["change mine", "change mine", "change mine", "whole mine", "change other"],
    ),
    "nothing where there is nothing shared": (
        """
        import time, os.path
        from functools import wraps
        class A:
            def f(self): return time.monotonic, os.path.sep, "".join, dict.fromkeys
        class B(A): pass
        def g(x: "no.annotation" = 1):
            @wraps(g)
            def h(): return h, x, A
            return h()
        B().f, g()
        match A():
            case A(x=1) | int.real: pass
        local: list[int] = [1]
        """,
        ["load B().f", "whole A()"],
    ),
}


@pytest.mark.parametrize("case", ACCESSES)
def test_accesses_are_announced_in_order(case: str, hooks: Hooks) -> None:
    source, expected = ACCESSES[case]
    assert announced(source, hooks)[0] == expected


def test_sites_say_where_and_what(hooks: Hooks) -> None:
    _, sites = announced(
        """
        class Account:
            def __init__(self):
                self.__cents = {"é": 0}
            def add(self, n):
                return lambda: [self.__cents[
                    "é"] for _ in "a" if self.__cents]
        class Sub(Account):
            name = Account.__name__
        Account().add(1)()
        """,
        hooks,
    )
    first = sites[0]
    assert first[:8] == ("store", 3, 8, 3, 20, "self.__cents", "_Account__cents", "Account.__init__")
    # What spans lines is written anew on one line.
    on_line = [(site.kind, site.text, site.end_line) for site in sites if site.line == 5 and site.kind == "load"]
    assert on_line == [("load", "self.__cents['é']", 6), ("load", "self.__cents", 5)]
    assert {site.function for site in sites} == {
        "<module>",
        "Account.__init__",
        "Account.add.<locals>.<lambda>",
    }


def test_sites_say_what_a_reader_of_a_whole_container_is_after(hooks: Hooks) -> None:
    _, sites = announced("d = {}\nif d: pass\nnot d, bool(d), len(d), list(d), d == [], d or 1", hooks)
    assert [site.name for site in sites] == ["truth", "truth", "truth", "length", "content", "comparison", "truth"]


def test_an_announced_value_is_the_one_that_is_stored(hooks: Hooks) -> None:
    announced(
        """
        n = 1
        def f():
            global n
            n += 4
            for n in "x": pass
            (n := "y")
        f()
        """,
        hooks,
    )
    assert [note.value for note in hooks.announced if note.kind == "store"] == ["1", "5", "'x'", "'y'"]


def test_a_variable_is_announced_with_the_scope_that_owns_it(hooks: Hooks) -> None:
    announced(
        """
        n = 0
        def make():
            n = 0
            def add():
                nonlocal n
                n += 1
            return add
        def other():
            global n
            n += 1
        first, second = make(), make()
        first(), second(), first(), other()
        """,
        hooks,
    )
    # The module's store; one store for each call of make; a read and a store for each call of the rest.
    module, one, two, *rest = hooks.scopes
    assert module is None
    assert one is not two
    assert None not in (one, two)
    assert rest == [one, one, two, two, one, one, None, None]


def test_numbers_start_at_the_base_and_are_consecutive() -> None:
    source = "def f(a): a.x = a.x; a.y[0] += len(a.z)"
    _, low = rewrite(source, "program.py", 1)
    code, high = rewrite(source, "program.py", 7000)
    numbers = {constant for constant in code.co_consts[0].co_consts if isinstance(constant, int) and constant > 999}
    assert numbers == set(range(7000, 7000 + len(high)))
    assert [[read + 6999 for read in site.flow] for site in low] == [list(site.flow) for site in high]


def test_standard_modules_compile() -> None:
    names = """
        asyncio.tasks bdb collections concurrent.futures.thread configparser contextlib copy csv dataclasses difflib dis
        enum functools heapq http.client json.decoder queue random shutil socketserver string subprocess tempfile
        textwrap threading tokenize traceback types urllib.parse uuid warnings weakref
    """
    library = Path(textwrap.__file__).parent
    for name in names.split():
        path = library.joinpath(*name.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if path.exists():
            code, sites = rewrite(path.read_bytes(), str(path), 1)
            assert isinstance(code, types.CodeType)
            assert sites, name


@pytest.mark.parametrize(
    "source",
    [
        "def f(:\n  pass",
        "x = 'é",
        "return 1",
        "def f():\n    x = 1\n    global x",
        "break",
        "nonlocal x",
        "f(a=1, a=2)",
    ],
)
def test_syntax_errors_are_those_of_plain_python(source: str) -> None:
    with pytest.raises(SyntaxError) as plain:
        compile(source, "program.py", "exec", dont_inherit=True)
    with pytest.raises(SyntaxError) as rewritten:
        rewrite(source, "program.py", 1)
    assert rewritten.value.args == plain.value.args


@pytest.mark.parametrize(
    "source",
    [b"\xef\xbb\xbfx = d['\xc3\xa9']", "# coding: latin-1\nx = d['é']".encode("latin-1"), b"x = 1\r\n\x0cy = d['e']\r"],
)
def test_text_is_quoted_whatever_the_encoding(source: bytes) -> None:
    _, sites = rewrite(source, "program.py", 1)
    assert [site.text.replace("é", "e") for site in sites] == ["d['e']"]


def test_long_chains_are_no_deeper_than_they_may_be_in_plain_python() -> None:
    code, _ = rewrite("x = " + " + ".join(["a"] * 400) + "\ny = a" + ".b" * 300, "program.py", 1)
    assert isinstance(code, types.CodeType)
    assert sys.getrecursionlimit() < 10_000


def test_pure_callables_are_found_by_their_most_exact_entry() -> None:
    assert treatment("json.dumps") == "reads"
    assert treatment("os.path.join") == "reads"
    assert treatment("concurrent.futures.ThreadPoolExecutor") == "keeps"
    assert treatment("collections.defaultdict") == "keeps"
    assert treatment("random.shuffle") == "writes"
    assert treatment("heapq.heappush") == "changes"
