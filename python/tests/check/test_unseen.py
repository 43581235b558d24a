"""What nobody sees: where the order of two threads may matter and no access tells so, nothing is proved."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import check
from test_looks import program

LOGGER = "import logging\nlog = logging.getLogger('shop')"

STRANGERS = {
    "a mailbox's message": (
        "import email.message\nmessage = email.message.Message()",
        "message['a'] = '1'",
        "seen.append('a' in message.keys())",
    ),
    "a shelf": ("import shelve\nshelf = shelve.Shelf({})", "shelf['a'] = 1", "seen.append(len(shelf) == 1)"),
    "an archive": (
        "import io, zipfile\narchive = zipfile.ZipFile(io.BytesIO(), 'w')",
        "archive.writestr('a', 'x')",
        "seen.append(bool(archive.namelist()))",
    ),
    "mapped memory": ("import mmap\nmapped = mmap.mmap(-1, 10)", "mapped.write(b'abc')", "seen.append(mapped.tell() == 3)"),
    "a document": (
        "import xml.dom.minidom\nroot = xml.dom.minidom.parseString('<a/>').documentElement",
        "root.setAttribute('x', '1')",
        "seen.append(root.hasAttribute('x'))",
    ),
    "an arithmetic context": (
        "import decimal\ncontext = decimal.Context(prec=5)",
        "context.prec = 3",
        "seen.append(len(str(context.divide(1, 3))) == 5)",
    ),
    "a matcher of sequences": (
        "import difflib\nmatcher = difflib.SequenceMatcher(None, 'ab', 'ab')",
        "matcher.set_seqs('ab', 'cd')",
        "seen.append(matcher.ratio() == 0)",
    ),
    "a class of the program's below one from elsewhere": (
        "import difflib\nclass Pair(difflib.SequenceMatcher):\n    pass\npair = Pair(None, 'ab', 'ab')",
        "pair.set_seqs('ab', 'cd')",
        "seen.append(pair.ratio() == 0)",
    ),
    "the generator that all share": (
        "import random\nrandom.seed(1)\nfirst = random.random()\nrandom.seed(1)",
        "random.random()",
        "seen.append(random.random() != first)",
    ),
    "its seed": (
        "import random\nrandom.seed(1)\nfirst = random.random()",
        "random.seed(1)",
        "seen.append(random.random() == first)",
    ),
}

REPLACED = {
    "the standard output": (
        "import io, sys\ntext = io.StringIO()",
        "sys.stdout = text",
        "print('a'); seen.append(text.getvalue() == 'a\\n')",
        "sys.stdout = sys.__stdout__",
    ),
    "an object's class": (
        "class Old:\n    n = False\nclass New:\n    n = True\nbox = Old()",
        "box.__class__ = New",
        "seen.append(box.n)",
    ),
    "a special method": (
        "class Box:\n    __len__ = lambda self: 0\nbox = Box()",
        "Box.__len__ = lambda self: 1",
        "seen.append(bool(box))",
    ),
    "a function's code": (
        "def old():\n    return False\ndef new():\n    return True",
        "old.__code__ = new.__code__",
        "seen.append(old())",
    ),
    "a function's defaults": ("def old(n=False):\n    return n", "old.__defaults__ = (True,)", "seen.append(old())"),
    "a cell": (
        "def make():\n    n = False\n    return lambda: n\nold = make()",
        "old.__closure__[0].cell_contents = True",
        "seen.append(old())",
    ),
    "a template's text": (
        "import string\nletter = string.Template('x')",
        "letter.template = 'y'",
        "seen.append(letter.substitute() == 'y')",
    ),
    "a handler's level": (
        f"{LOGGER}\nimport io\ntext = io.StringIO()\nhandler = logging.StreamHandler(text)\nlog.addHandler(handler)",
        "handler.level = 50",
        "log.warning('a'); seen.append(not text.getvalue())",
    ),
}

FOR_ALL = {
    "a logger's level": (LOGGER, "log.setLevel(logging.ERROR)", "seen.append(not log.isEnabledFor(logging.WARNING))"),
    "warnings": (
        "import warnings",
        "warnings.simplefilter('error')",
        "try:\n    warnings.warn('a')\nexcept UserWarning:\n    seen.append(True)\nelse:\n    seen.append(False)",
    ),
    "a virtual base": (
        "import abc\nclass Base(abc.ABC):\n    pass",
        "Base.register(int)",
        "seen.append(isinstance(1, Base))",
    ),
}

TEXTS = {
    "a lock's text": ("lock = threading.Lock()", "lock.acquire()", "seen.append('unlocked' not in repr(lock))"),
    "an event's text": ("done = threading.Event()", "done.set()", "seen.append('unset' not in str(done))"),
    "a semaphore's text": ("permits = threading.Semaphore()", "permits.acquire()", "seen.append('value=0' in f'{permits}')"),
    "a queue's bound": (
        "import queue\nitems = queue.Queue(1)\nitems.put(1)",
        "items.maxsize = 2",
        "try:\n    items.put_nowait(2)\nexcept queue.Full:\n    seen.append(False)\nelse:\n    seen.append(True)",
    ),
}

UNSEEN = STRANGERS | REPLACED | FOR_ALL | TEXTS


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
@pytest.mark.parametrize("name", UNSEEN)
def test_nothing_is_proved(name: str, strategy: str, tmp_path: Path) -> None:
    verdicts = []
    for never in (False, True):
        answer = check(tmp_path, program(*UNSEEN[name], never=never), "--strategy", strategy, executions=5000)
        verdicts.append(answer["verdict"])
        assert answer["findings"] or answer["reasons"], answer
    # One order is the natural one; nobody knows that there is another.
    assert sorted(verdicts) == ["clean-so-far", "finding"]


ORDERED = """
    import threading
    {shared}
    lock = threading.Lock()

    def work():
        {work}

    tasks = [threading.Thread(target=work) for _ in range(2)]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
"""

HARMLESS = {
    "under a lock": ("import shelve; shelf = shelve.Shelf({})", "with lock: shelf['a'] = 1"),
    "of one's own": ("import shelve", "shelf = shelve.Shelf({}); shelf['a'] = 1"),
    "numbers and moments": (
        "import datetime, decimal, fractions; values = decimal.Decimal(1), fractions.Fraction(1, 2), datetime.date(2000, 1, 1)",
        "values[0].sqrt(), values[1].numerator, values[2].isoformat()",
    ),
    "paths and patterns": (
        "import pathlib, re, uuid; values = pathlib.Path('a'), re.compile('a'), uuid.UUID(int=1)",
        "values[0].name, values[1].match('a').group(), values[2].hex",
    ),
    "templates": (
        "import json, string; values = string.Template('a'), json.JSONEncoder()",
        "values[0].substitute(), values[1].encode({})",
    ),
    "messages": ("import logging; log = logging.getLogger('shop')", "log.warning('a')"),
    "parts of an address": (
        "import urllib.parse; address = urllib.parse.urlparse('http://a:80/b')",
        "address.netloc, address.port, address.geturl()",
    ),
    "a heap under a lock": ("import heapq; heap = []", "with lock: heapq.heappush(heap, 1); heapq.heappop(heap)"),
    "a sorted list under a lock": ("import bisect; items = []", "with lock: bisect.insort(items, 1)"),
    "what went wrong": (
        "import traceback; texts = []",
        "\n        try: 1 / 0\n        except ZeroDivisionError:\n            with lock: texts.append(traceback.format_exc())",
    ),
    "set up before": ("import random; random.seed(1)", "threading.current_thread().shown = True"),
    "a lock that is held": ("held = threading.RLock()", "\n        with held:\n            repr(held)"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_no_order_changes_is_proved(name: str, tmp_path: Path) -> None:
    shared, work = HARMLESS[name]
    answer = check(tmp_path, ORDERED.format(shared=shared, work=work), "--strategy", "dpor", executions=5000)
    assert (answer["verdict"], answer["reasons"]) == ("clean", []), answer


TOLD = """
    import bisect, dataclasses, heapq, threading

    @dataclasses.dataclass(order=True)
    class Job:
        n: int

    first, second, third = Job(1), Job(2), Job(3)
    jobs = [second, third]
    lock = threading.Lock()

    def change():
        with {lock}:
            {change}

    threads = [threading.Thread(target=change), threading.Thread(target=change)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


@pytest.mark.parametrize("items", ["jobs = [second, third]", "jobs = [(2, second), (3, third)]"])
@pytest.mark.parametrize(
    "change",
    ["heapq.heappush(jobs, first)", "heapq.heapify(jobs)", "bisect.insort(jobs, first)", "jobs.sort()", "jobs.remove(third)"],
)
def test_nothing_is_proved_where_items_are_compared_in_python(change: str, items: str, tmp_path: Path) -> None:
    source = TOLD.replace("jobs = [second, third]", items)
    if "(" in items:
        change = change.replace("first", "(1, first)").replace("remove(third)", "remove((3, third))")
    change = f"try: {change}\n            except ValueError: pass" if "remove" in change else change
    plain = check(tmp_path, source.format(lock="threading.Lock()", change=change), "--strategy", "dpor", executions=500)
    assert (plain["verdict"], plain["findings"]) == ("clean-so-far", []), plain
    assert any("more than one step" in reason for reason in plain["reasons"]), plain
    locked = check(tmp_path, source.format(lock="lock", change=change), "--strategy", "dpor")
    assert (locked["verdict"], locked["reasons"]) == ("clean", []), locked


ACCOUNT = """
    import sys
    sys.path.insert(0, {path!r})
    import threading
    from {module} import {function}

    class Account:
        def __init__(self):
            self.balance = 0
            self.lock = threading.Lock()

        def deposit(self):
            with self.lock:
                self.balance += 1

        def show(self):
            {show}

    account = Account()
    threads = [threading.Thread(target=account.deposit), threading.Thread(target=account.show)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert account.balance == 1
"""


@pytest.mark.parametrize("show", ["{}(self)", "kept = {}\n            kept(self)", "with self.lock: {}(self)"])
@pytest.mark.parametrize("races", [[], ["--races"]])
@pytest.mark.parametrize("function", ["elsewhere.same", "asyncio.iscoroutinefunction", "operator.is_not"])
def test_what_code_from_elsewhere_gets_is_not_said_to_be_written(
    function: str, races: list[str], show: str, tmp_path: Path
) -> None:
    for folder in ("program", "path"):
        (tmp_path / folder).mkdir()
    (tmp_path / "path" / "elsewhere.py").write_text("def same(it, *others): return it\n", encoding="utf-8")
    module, _, name = function.partition(".")
    show = show.format(name).replace("(self)", "(self, None)" if name == "is_not" else "(self)")
    source = ACCOUNT.format(path=str(tmp_path / "path"), module=module, function=name, show=show)
    answer = check(tmp_path / "program", source, "--strategy", "dpor", *races)
    assert answer["findings"] == [], answer
    # Who it is, nobody changes.
    assert answer["verdict"] == ("clean" if name == "is_not" else "clean-so-far"), answer


def test_what_code_from_elsewhere_changes_is_found_all_the_same(tmp_path: Path) -> None:
    for folder in ("program", "path"):
        (tmp_path / folder).mkdir()
    (tmp_path / "path" / "elsewhere.py").write_text("def empty(items): items.clear()\n", encoding="utf-8")
    source = f"""
        import sys
        sys.path.insert(0, {str(tmp_path / "path")!r})
        import threading
        from elsewhere import empty

        items = [1]

        def look():
            if items:
                items[0]

        threads = [threading.Thread(target=look), threading.Thread(target=empty, args=(items,))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    answer = check(tmp_path / "program", source)
    assert [finding["kind"] for finding in answer["findings"]] == ["uncaught-exception"], answer


@pytest.mark.parametrize("folder", ["src", "lib/python"])
def test_a_folder_on_the_path_below_the_programs_is_the_programs_own(folder: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "shop.py").write_text("def same(it): return it\n", encoding="utf-8")
    source = ACCOUNT.format(path=str(tmp_path / folder), module="shop", function="same", show="same(self)")
    answer = check(tmp_path, source, "--races")
    assert (answer["verdict"], answer["reasons"]) == ("clean", []), answer
