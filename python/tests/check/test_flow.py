"""The facts of writes: which reads flow into them, which tests guard them, and which have nothing to do with them."""

from __future__ import annotations

import textwrap

import pytest

from raddle._control.rewrite import rewrite


def facts(source: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the flow and the guards of each write that has any, as `line:kind text`."""
    base = 1000
    _, sites = rewrite(textwrap.dedent(source).strip("\n"), "program.py", base)
    words = [f"{site.line}:{site.kind} {site.text}" for site in sites]
    flow = {words[i]: [words[read - base] for read in site.flow] for i, site in enumerate(sites) if site.flow}
    guards = {
        words[i]: list(dict.fromkeys(words[read - base] for read, _ in site.guards))
        for i, site in enumerate(sites)
        if site.guards
    }
    return flow, guards


FLOW = {
    "through a local": (
        """
        def f(a):
            seen = a.value
            a.value = seen + 1
        """,
        {"3:store a.value": ["2:load a.value"]},
    ),
    "in one expression": ("a.value = a.value + 1", {"1:store a.value": ["1:load a.value"]}),
    "through a local that is added to": (
        """
        def f(a):
            local = a.value
            local += 1
            a.value = local
        """,
        {"4:store a.value": ["2:load a.value"]},
    ),
    "not through a local that was assigned again": (
        """
        def f(self):
            x = self.a
            x = 5
            self.a = x
        """,
        {},
    ),
    "through the matching part of a tuple only": (
        """
        def f(a):
            x, y = a.value, 5
            a.value = x
            a.value = y
        """,
        {"3:store a.value": ["2:load a.value"]},
    ),
    "not across a swap of two attributes": ("a.left, a.right = a.right, a.left", {}),
    "through a swap of two items": (
        "d[0], d[1] = d[1], d[0]",
        {"1:store d[0]": ["1:load d[1]"], "1:store d[1]": ["1:load d[0]"]},
    ),
    "from an augmented assignment's own read": (
        """
        def f(a, d, k):
            a.n += 1
            d[k] -= a.n
        """,
        {"2:store a.n": ["2:load a.n"], "3:store d[k]": ["3:load d[k]"]},
    ),
    "through a method that returns a value": (
        """
        def f(d, k):
            n = d.get(k, 0)
            d[k] = n + 1
        """,
        {"3:store d[k]": ["2:method d.get"]},
    ),
    "not from a length": ("d['n'] = len(d)", {}),
    "not between different attributes": (
        """
        def f(a):
            a.total = a.price * 2
        """,
        {},
    ),
    "not between containers of different names": ("a[k] = b[k] + 1", {}),
    "between two objects' attributes of one name": (
        "a.balance = b.balance - 1",
        {"1:store a.balance": ["1:load b.balance"]},
    ),
    "through the arguments and the receiver of calls": (
        """
        def f(self):
            self.items = sorted(self.items)
            self.names = self.names.union({1})
            self.n = g(1, h=max(self.n, 2))
        """,
        {
            "2:store self.items": ["2:load self.items"],
            "3:store self.names": ["3:load self.names"],
            "4:store self.n": ["4:load self.n"],
        },
    ),
    "through an attribute of what was read": (
        "self.head = self.head.next",
        {"1:store self.head": ["1:load self.head"]},
    ),
    "through the key": ("self.state = table[self.state]", {"1:store self.state": ["1:load self.state"]}),
    "from one turn of a loop to the next": (
        """
        def f(a, n):
            v = 0
            for _ in range(n):
                a.x = v
                v = a.x + 1
        """,
        {"4:store a.x": ["5:load a.x"]},
    ),
    "not from a turn of a loop whose local is always assigned first": (
        """
        def f(a, n):
            while n:
                v = 0
                a.x = v
                v = a.x
        """,
        {},
    ),
    "from either branch": (
        """
        def f(a, c):
            if c:
                v = a.x
            else:
                v = 0
            a.x = v
        """,
        {"6:store a.x": ["3:load a.x"]},
    ),
    "not from a branch that left": (
        """
        def f(a, c):
            v = 0
            if c:
                v = a.x
                return v
            a.x = v
        """,
        {},
    ),
    "not when both branches assign": (
        """
        def f(a, c):
            v = a.x
            if c:
                v = 1
            else:
                v = 2
            a.x = v
        """,
        {},
    ),
    "through a walrus": (
        """
        def f(a):
            while (n := a.n) > 0:
                a.n = n - 1
        """,
        {"3:store a.n": ["2:load a.n"]},
    ),
    "through a list comprehension": (
        "self.items = [x for x in self.items if x]",
        {"1:store self.items": ["1:load self.items"]},
    ),
    "through a list filled in a loop": (
        """
        def f(self):
            kept = []
            for x in self.items:
                if x:
                    kept.append(x)
            self.items = kept
        """,
        {"6:store self.items": ["3:load self.items"]},
    ),
    "not through a container that came from elsewhere": (
        """
        def f(a, d):
            d["x"] = a.v
            a.v = len(d)
        """,
        {},
    ),
    "through an attribute of a new object": (
        """
        def push(self, value):
            node = Node(value)
            node.next = self.head
            self.head = node
        """,
        {"4:store self.head": ["3:load self.head"]},
    ),
    "not through another attribute of a new object": (
        """
        def f(self):
            job = Job()
            job.number = self.seq
            self.seq = job.priority
            job = Job()
            self.seq = job.number
        """,
        {},
    ),
    "not through an attribute of an object that came from elsewhere": (
        """
        def f(self, job):
            job.seq = self.seq
            self.seq = job
        """,
        {"2:store job.seq": ["2:load self.seq"]},
    ),
    "not through a container that a call returned": (
        """
        def f(a):
            d = find([])
            d["x"] = a.v
            a.v = d
        """,
        {},
    ),
    "from the values of a dictionary, not from its keys": (
        """
        def f(d):
            for k in d:
                d[k] = g(k)
            for k, v in d.items():
                d[k] = g(k)
            for k, v in list(d.items()):
                d[k] = v + 1
        """,
        {"7:store d[k]": ["6:method d.items"]},
    ),
    "across two critical sections": (
        """
        def f(a):
            with a.lock:
                v = a.x
            with a.lock:
                a.x = v + 1
        """,
        {"5:store a.x": ["3:load a.x"]},
    ),
    "into a handler from anywhere in its region": (
        """
        def f(a):
            v = 0
            try:
                v = a.x
                g()
                v = 1
            except OSError:
                a.x = v
        """,
        {"8:store a.x": ["4:load a.x"]},
    ),
    "not past a region that assigned again": (
        """
        def f(a):
            try:
                v = a.x
                v = 5
            finally:
                g()
            a.x = v
        """,
        {},
    ),
    "through a global": (
        """
        total = 0
        def f(n):
            global total
            t = total
            total = t + n
        """,
        {"5:store total": ["4:load total"]},
    ),
    "through a variable of an enclosing function": (
        """
        def f():
            n = 0
            def g():
                nonlocal n
                n = n + 1
        """,
        {"5:store n": ["5:load n"]},
    ),
    "never into another function": (
        """
        def f(a):
            v = a.x
            def g():
                a.x = v + 1
            h = lambda: setattr(a, "x", v)
        """,
        {},
    ),
    "through getattr and setattr": (
        """
        def f(a, name):
            setattr(a, "x", getattr(a, "x") + 1)
            setattr(a, name, getattr(a, name))
        """,
        {'2:store setattr(a, "x", getattr(a, "x") + 1)': ['2:load getattr(a, "x")']},
    ),
    "not after del": (
        """
        def f(a):
            v = a.x
            del v
            v = 1
            a.x = v
        """,
        {},
    ),
}

GUARDS = {
    "a test and its act": (
        """
        def f(d, k, v):
            if k not in d:
                d[k] = v
            d[k] = 0
        """,
        {"3:store d[k]": ["2:contains k not in d"]},
    ),
    "both tests of double-checked locking": (
        """
        def f(self):
            if self.inst is None:
                with self.lock:
                    if self.inst is None:
                        self.inst = make()
            return self.inst
        """,
        {"5:store self.inst": ["2:load self.inst", "4:load self.inst"]},
    ),
    "the truth of a container": (
        """
        def f(items):
            if items:
                items.pop()
            items.pop()
        """,
        {"3:method items.pop": ["2:whole items"]},
    ),
    "the length of a container": (
        """
        def f(items):
            if len(items) > 0:
                del items[0]
        """,
        {"3:delete items[0]": ["2:whole items"]},
    ),
    "a loop that waits": (
        """
        def f(q):
            while not q:
                wait()
            return q.pop(0)
        """,
        {"4:method q.pop": ["2:whole q"]},
    ),
    "a loop that is left when something is ready": (
        """
        def f(a):
            while True:
                if a.ready:
                    break
                wait()
            a.ready = False
        """,
        {"6:store a.ready": ["3:load a.ready"]},
    ),
    "the test of a loop, in each turn": (
        """
        def f(a):
            while a.n > 0:
                a.n -= 1
        """,
        {"3:store a.n": ["2:load a.n"]},
    ),
    "an early return": (
        """
        def f(d, k):
            if k in d:
                return
            d[k] = 1
        """,
        {"4:store d[k]": ["2:contains k in d"]},
    ),
    "an early continue, up to the end of its loop": (
        """
        def f(xs, seen):
            for x in xs:
                if x in seen:
                    continue
                seen.add(x)
            seen.add(0)
        """,
        {"5:method seen.add": ["3:contains x in seen"]},
    ),
    "an early raise, unless it is caught": (
        """
        def f(d, k):
            try:
                if k in d:
                    raise KeyError
            except KeyError:
                log()
            d[k] = 1
        """,
        {},
    ),
    "a return under one lock before a write under the next": (
        """
        def f(lock, d, k):
            with lock:
                if k in d:
                    return d[k]
            v = make()
            with lock:
                d[k] = v
        """,
        {"7:store d[k]": ["3:contains k in d"]},
    ),
    "not a test that two branches have left behind": (
        """
        def f(a):
            if a.x > 0:
                log()
            else:
                g()
            a.x = 1
        """,
        {},
    ),
    "a test one of whose branches may leave": (
        """
        def f(a, b):
            if a.x > 0:
                if b:
                    return
            a.x = 1
        """,
        {"5:store a.x": ["2:load a.x"]},
    ),
    "a conditional expression": (
        "v = d.pop(k) if k in d else None",
        {"1:method d.pop": ["1:contains k in d"]},
    ),
    "a conditional expression that chooses what is stored": (
        "self.x = 1 if self.x is None else 2",
        {"1:store self.x": ["1:load self.x"]},
    ),
    "and, or": (
        """
        k in d and d.pop(k)
        k in d or d.update({k: 1})
        d.pop(k), k in d
        """,
        {"1:method d.pop": ["1:contains k in d"], "2:method d.update": ["2:contains k in d"]},
    ),
    "not an assertion": (
        """
        def f(d, k):
            assert k not in d
            d[k] = 1
        """,
        {},
    ),
    "a match": (
        """
        def f(a):
            match a.state:
                case "idle":
                    a.state = "busy"
                case "busy":
                    log()
            a.state = "done"
        """,
        {"4:store a.state": ["2:load a.state"]},
    ),
    "a match that may leave": (
        """
        def f(a):
            match a.state:
                case "idle":
                    return
            a.state = "done"
        """,
        {"5:store a.state": ["2:load a.state"]},
    ),
    "a test kept in a local": (
        """
        def f(d, k, v):
            missing = k not in d
            if missing:
                d[k] = v
            missing = True
            if missing:
                d[k] = v
        """,
        {"4:store d[k]": ["2:contains k not in d"]},
    ),
    "a value that was read and then tested": (
        """
        def f(d, k):
            v = d.get(k)
            if v is None:
                d[k] = make()
        """,
        {"4:store d[k]": ["2:method d.get"]},
    ),
    "a walrus in the test": (
        """
        def f(self):
            if (q := self.queue):
                q.pop()
        """,
        {"3:method q.pop": ["2:whole q := self.queue"]},
    ),
    "a read that failed": (
        """
        def f(d, k):
            try:
                return d[k]
            except KeyError:
                d[k] = make()
        """,
        {"5:store d[k]": ["3:load d[k]"]},
    ),
    "not one of several reads that may have failed": (
        """
        def f(d, e, k):
            try:
                return e[d[k]]
            except KeyError:
                d[k] = make()
        """,
        {},
    ),
    "a search that found nothing": (
        """
        def f(items, x):
            for item in items:
                if item == x:
                    return
            items.append(x)
        """,
        {"5:method items.append": ["2:whole items"]},
    ),
    "a search with an else": (
        """
        def f(items, x):
            for item in items:
                if item == x:
                    break
            else:
                items.append(x)
        """,
        {"6:method items.append": ["2:whole items"]},
    ),
    "a search by any": (
        """
        def f(items, x):
            if not any(item.id == x for item in items):
                items.append(x)
        """,
        {"3:method items.append": ["2:whole items"]},
    ),
    "not the keys of a loop over a dictionary": (
        """
        def f(d):
            for k in list(d):
                if k > 3:
                    del d[k]
        """,
        {},
    ),
    "the values of a loop over a dictionary": (
        """
        def f(d):
            for k, v in list(d.items()):
                if v > 3:
                    del d[k]
        """,
        {"4:delete d[k]": ["2:method d.items"]},
    ),
    "not a check that the task's own write has outdated": (
        """
        def f(self):
            if self.x is None:
                self.x = 1
                self.x = 2
        """,
        {"3:store self.x": ["2:load self.x"]},
    ),
    "not a test of something else": (
        """
        def f(a, d, e, k):
            if a.open and k in e:
                d[k] = 1
                a.count = 2
        """,
        {},
    ),
    "not a test in an enclosing function": (
        """
        def f(a):
            if a.x:
                def g():
                    a.x = 1
                return lambda: a.items.append(1)
        """,
        {},
    ),
    "a test in a comprehension": (
        "gone = [d.pop(k) for k in keys if k in d]",
        {"1:method d.pop": ["1:contains k in d"]},
    ),
    "hasattr before a store": (
        """
        def f(a):
            if not hasattr(a, "y"):
                a.y = 1
        """,
        {"3:store a.y": ['2:load hasattr(a, "y")']},
    ),
    "a global": (
        """
        ready = False
        def f():
            global ready
            if not ready:
                ready = True
        """,
        {"5:store ready": ["4:load ready"]},
    ),
}


@pytest.mark.parametrize("case", FLOW)
def test_flow(case: str) -> None:
    source, expected = FLOW[case]
    assert facts(source)[0] == expected


@pytest.mark.parametrize("case", GUARDS)
def test_guards(case: str) -> None:
    source, expected = GUARDS[case]
    assert facts(source)[1] == expected
