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
