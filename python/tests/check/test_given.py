"""What is given to code that is not the program's own, under whatever name that is called."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from command import check
from test_looks import program

DUMPS = "import json\nstock = [[1]]"
GROWS = "stock[0].append(2)"
IS_GROWN = "seen.append({}(stock) == '[[1, 2]]')"
APPENDS = ("items.append(2)", "seen.append({} == 2)")

READ = {
    "a function under another name": (f"{DUMPS}\ndumps = json.dumps", GROWS, IS_GROWN.format("dumps")),
    "one of a dictionary": (f"{DUMPS}\nformats = {{'json': json.dumps}}", GROWS, IS_GROWN.format("formats['json']")),
    "one of a class": (f"{DUMPS}\nclass Shop:\n    dump = staticmethod(json.dumps)", GROWS, IS_GROWN.format("Shop.dump")),
    "one that was handed on": (
        f"{DUMPS}\ndef call(f, *args): return f(*args)",
        GROWS,
        "seen.append(call(json.dumps, stock) == '[[1, 2]]')",
    ),
    "one that keeps what it is given": (
        f"{DUMPS}\nimport functools\ndumps = functools.partial(json.dumps, stock)",
        GROWS,
        "seen.append(dumps() == '[[1, 2]]')",
    ),
    "a method of an encoder": (f"{DUMPS}\nencode = json.JSONEncoder()", GROWS, IS_GROWN.format("encode.encode")),
    "a thread's function": (
        f"{DUMPS}\nimport io\ntext = io.StringIO()",
        GROWS,
        "inner = threading.Thread(target=json.dump, args=(stock, text)); inner.start(); inner.join()\n"
        "seen.append(text.getvalue() == '[[1, 2]]')",
    ),
    "a pool's function": (
        f"{DUMPS}\nfrom concurrent.futures import ThreadPoolExecutor",
        GROWS,
        "with ThreadPoolExecutor(1) as pool:\n    seen.append(pool.submit(json.dumps, stock).result() == '[[1, 2]]')",
    ),
    "what a pool maps": (
        "from concurrent.futures import ThreadPoolExecutor\nitems = [1]",
        "items.append(2)",
        "with ThreadPoolExecutor(1) as pool:\n    seen.append(len(list(pool.map(str, items))) == 2)",
    ),
    "a copy": ("import copy\nstock = [[1]]\nduplicate = copy.deepcopy", GROWS, "seen.append(duplicate(stock) == [[1, 2]])"),
    "a row": (
        "import csv, io\nitems = [1]\ntext = io.StringIO()\nrows = csv.writer(text)",
        "items.append(2)",
        "rows.writerow(items); seen.append(text.getvalue() == '1,2\\r\\n')",
    ),
    "a reader's rows": (
        "import csv\nitems = ['1']\nrows = csv.reader(items)",
        "items.append('2')",
        "seen.append(len(list(rows)) == 2)",
    ),
    "a pickle": (
        "import io, pickle\nitems = []\nend = io.BytesIO()\npickler = pickle.Pickler(end)",
        "items.append(1)",
        "pickler.dump(items); seen.append(len(end.getvalue()) > 5)",
    ),
    "a hash": (
        "import hashlib\ntext = bytearray(b'a')\nhashed = hashlib.sha256()\nplain = hashlib.sha256(b'a').digest()",
        "text.append(98)",
        "hashed.update(text); seen.append(hashed.digest() != plain)",
    ),
    "a method by its name, with what it is given": (
        "import operator\nitems, rows = [], [1]\nextend = operator.methodcaller('extend', rows)",
        "rows.append(2)",
        "extend(items); seen.append(len(items) == 2)",
    ),
    "a method by its name, at once": (
        "import operator\nitems = [1]",
        "operator.methodcaller('append', 2)(items)",
        "seen.append(len(items) == 2)",
    ),
    "a row by a method's name": (
        "import csv, io, operator\nitems, text = [1], io.StringIO()\nwrite = operator.methodcaller('writerow', items)",
        "items.append(2)",
        "write(csv.writer(text)); seen.append(text.getvalue() == '1,2\\r\\n')",
    ),
    "a search that an attribute keeps": (
        "items = [1]\nclass Tally: pass\ntally = Tally()\ntally.count_of = items.count",
        "items.append(1)",
        "seen.append(tally.count_of(1) == 2)",
    ),
    "a bound search": ("items = [1]\ncount = items.count", "items.append(1)", "seen.append(count(1) == 2)"),
    "a bound join": ("items = ['a']\njoin = ','.join", "items.append('b')", "seen.append(join(items) == 'a,b')"),
    "a comparison by its name": (DUMPS, GROWS, "seen.append(not stock.__eq__([[1]]))"),
    "a format in a variable": ("stock = {'a': 1}\nform = '%(a)s'", "stock['a'] = 2", "seen.append(form % stock == '2')"),
    "a method of a format in a variable": (
        "items = [1]\nform = '{}'",
        "items.append(2)",
        "seen.append(form.format(items) == '[1, 2]')",
    ),
    "what is in a sum": (f"{DUMPS}\nother = [[1], [3]]", GROWS, "seen.append(stock + [[3]] != other)"),
    "what is in a multiple": (f"{DUMPS}\nother = [[1]]", GROWS, "seen.append(stock * 2 != other * 2)"),
    "a size": (
        "import sys\nitems = []\nempty = sys.getsizeof([])",
        "items.append(1)",
        "seen.append(sys.getsizeof(items) != empty)",
    ),
    "a mock's answer": (
        "from unittest import mock\nask = mock.Mock(return_value=1)",
        "ask.return_value = 2",
        "seen.append(ask() == 2)",
    ),
    "attributes in a dictionary that was kept before": (
        "class Box:\n    def __init__(self): self.full = 0\nbox = Box()\nkept = box.__dict__",
        "kept['full'] = 1",
        "seen.append(box.full == 1)",
    ),
    "the same, by a name": (
        "class Box:\n    def __init__(self): self.full = 0\nbox = Box()\nfill = getattr(box, '__dict__').update",
        "fill(full=1)",
        "seen.append(box.full == 1)",
    ),
    "what is mapped": (DUMPS, GROWS, "seen.append(list(map(json.dumps, stock)) == ['[1, 2]'])"),
    "what a method maps": (DUMPS, GROWS, "seen.append(list(map('{}'.format, stock)) == ['[1, 2]'])"),
    "what is reduced": (
        f"{DUMPS}\nimport functools, operator",
        GROWS,
        "seen.append(functools.reduce(operator.add, stock) == [1, 2])",
    ),
    "what is searched for in what has just been made": (DUMPS, GROWS, "seen.append(stock[0] in ([1, 2], [2]))"),
    "what is in what has just been made": (DUMPS, GROWS, "seen.append([1, 2] in [stock[0], 1])"),
    "what is unpacked into a format": (
        "stock = [1]\nnamed = {'a': stock}",
        "stock.append(2)",
        "seen.append('{a}'.format(**named) == '[1, 2]')",
    ),
    "a format as a function": ("stock = [1]", "stock.append(2)", "seen.append(str.format('{}', stock) == '[1, 2]')"),
    "an addition by its name": ("stock = [1]", "stock.append(2)", "seen.append([0].__add__(stock) == [0, 1, 2])"),
    "printing under another name": (
        "import io\nstock = [1]\ntext = io.StringIO()\nclass Shop: show = print",
        "stock.append(2)",
        "Shop.show(stock, file=text); seen.append(text.getvalue() == '[1, 2]\\n')",
    ),
    "a data class that begins anew": (
        "import dataclasses\n@dataclasses.dataclass\nclass Box:\n    full: int = 0\n"
        "    def reset(self): self.__init__()\nbox = Box(1)",
        "box.reset()",
        "seen.append(box.full == 0)",
    ),
    "a list that begins anew": (
        "class Names(list):\n    def reset(self): super().__init__([7])\nnames = Names()",
        "names.reset()",
        "seen.append(len(names) == 1)",
    ),
    "a list that says how it is walked through": (
        "class Names(list):\n    def __iter__(self): return iter(sorted(super().__iter__()))\nnames = Names()",
        "names.append(1)",
        "seen.append(names == [1])",
    ),
    "a dictionary that says what it contains": (
        "class Names(dict):\n    def __contains__(self, name): return super().__contains__(name)\nnames = Names()",
        "names['a'] = 1",
        "seen.append('a' in names)",
    ),
    "pairs that a dictionary is made of": ("pairs = [[1, 2]]", "pairs[0][1] = 3", "seen.append(dict(pairs) == {1: 3})"),
    "the links of a chain": (
        "import collections\nchain = collections.ChainMap({})",
        "chain.maps.append({'a': 1})",
        "seen.append('a' in chain)",
    ),
    "a text by its name": (DUMPS, GROWS, "seen.append(stock.__repr__() == '[[1, 2]]')"),
    "a home": (
        "import os.path\nos.environ['HOME'] = '/here'",
        "os.environ['HOME'] = '/there'",
        "seen.append(os.path.expanduser('~') == '/there')",
    ),
}
"""What is read where the source does not say so."""


@pytest.mark.parametrize("name", READ)
def test_it_is_read_before_and_after_it_changes(name: str, tmp_path: Path) -> None:
    for never in (False, True):
        answer = check(tmp_path, program(*READ[name], never=never), "--strategy", "dpor", executions=5000)
        assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer


USED = {
    "what is read with calls in between": (
        "import json\nstock = [1]\ndef text(thing): return ''",
        "stock.append(2)",
        "seen.append(json.dumps(stock, default=text) == '[1, 2]')",
    ),
    "what is read with calls of what a variable names": (
        "import heapq\nrows, number = [1], [0]\ndef score(row): return -row if number[0] else row\nkey = score",
        "rows.append(2)",
        "seen.append(heapq.nsmallest(2, rows, key=key) == [1, 2])",
    ),
    "what another name reads with calls in between": (
        "import heapq\nrows = [1]\ndef score(row): return row\nfirst = heapq.nsmallest",
        "rows.append(2)",
        "seen.append(first(2, rows, key=score) == [1, 2])",
    ),
    "what changes with calls in between": (
        "import bisect\nrows = [2]\ndef score(row): return row",
        "rows.append(3)",
        "bisect.insort(rows, 1, key=score); seen.append(rows == [1, 2, 3])",
    ),
    "what is compared twice": ("first, last, rows = [1], [3], [4]", "rows[0] = 2", "seen.append(first < rows < last)"),
    "a context": (
        "import decimal\ncontext = decimal.Context(prec=3)\nnumber = decimal.Decimal('1.2345')",
        "context.prec = 9",
        "seen.append(len(str(number.normalize(context))) == 4)",
    ),
    "what an element holds": (
        "import xml.dom.minidom\nroot = xml.dom.minidom.parseString('<a/>')\ninner = root.documentElement",
        "inner.setAttribute('x', '1')",
        "seen.append('x' in root.toxml().partition('?>')[2])",
    ),
    "subclasses": ("class Shop: pass", "class Stall(Shop): pass", "seen.append(bool(Shop.__subclasses__()))"),
    "a function for one class": (
        "import functools\n@functools.singledispatch\ndef name(thing): return 'thing'",
        "name.register(int)(lambda thing: 'number')",
        "seen.append(name(1) == 'number')",
    ),
    "all modules": (
        "import sys",
        "sys.modules['shop'] = sys",
        "seen.append('shop' in sys.modules); sys.modules.pop('shop', None)",
    ),
    "notes": ("error = ValueError()", "error.add_note('late')", "seen.append(hasattr(error, '__notes__'))"),
    "the first day of the week": (
        "import calendar\ncalendar.setfirstweekday(0)",
        "calendar.setfirstweekday(6)",
        "seen.append(calendar.firstweekday() == 6)",
    ),
}
"""What nobody sees, in an order that nothing makes."""


@pytest.mark.parametrize("name", USED)
def test_nothing_is_proved_of_what_is_not_seen(name: str, tmp_path: Path) -> None:
    verdicts = []
    for never in (False, True):
        answer = check(tmp_path, program(*USED[name], never=never), "--strategy", "dpor", executions=5000)
        verdicts.append(answer["verdict"])
        assert answer["findings"] or answer["reasons"], answer
    assert "clean" not in verdicts


ORDERED = """
    import json, random, threading
    {shared}
    lock = threading.Lock()

    def work():
        with lock:
            {work}

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""

HARMLESS = {
    "a function that changes what it is given": (
        "items = [1, 2, 3]\ndraw = random.Random(1)",
        "draw.shuffle(items); random.shuffle(items)",
    ),
    "a function under another name": ("stock = [[1]]\ndumps = json.dumps", "stock[0].append(dumps(stock))"),
    "a method of the program's own": (
        "class Shop:\n    def add(self, items): items.append(1)\nshop, items = Shop(), []",
        "shop.add(items)",
    ),
    "a class of the program's own": (
        "class Box:\n    def __init__(self, items): self.items = items\nitems = []",
        "Box(items).items.append(1)",
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_used_in_an_order_is_proved(name: str, tmp_path: Path) -> None:
    shared, work = HARMLESS[name]
    source = textwrap.dedent(ORDERED).format(shared=shared, work=work)
    answer = check(tmp_path, source, "--strategy", "dpor", "--races", executions=5000)
    assert (answer["verdict"], answer["reasons"]) == ("clean", []), answer


def test_what_runs_code_of_the_programs_own_in_its_middle_proves_nothing(tmp_path: Path) -> None:
    source = """
        import threading

        class Box:
            def __init__(self):
                self.items = []
                self.lock = threading.Lock()
            def put(self, item):
                with self.lock:
                    self.items.append(item)
            def __repr__(self):
                with self.lock:
                    return str(len(self.items))

        box, others, seen = Box(), [], []
        both = [box, others]

        def act():
            box.put(1)
            others.append(1)

        tasks = [threading.Thread(target=act), threading.Thread(target=lambda: seen.append(str(both)))]
        for task in tasks:
            task.start()
        for task in tasks:
            task.join()
        assert seen != ["[0, [1]]"]
    """
    answer = check(tmp_path, source, "--strategy", "dpor", executions=5000)
    assert answer["verdict"] != "clean", answer


def test_a_function_that_is_kept_is_what_it_was(tmp_path: Path) -> None:
    source = """
        import json, threading

        class Job:
            def __init__(self, function, target):
                self.function, self.target = function, target

        def work():
            job = Job(function=json.dumps, target=list)
            assert job.function is json.dumps and job.target is list
            assert threading.Thread(target=list)._target is list

        tasks = [threading.Thread(target=work) for _ in range(2)]
        for task in tasks:
            task.start()
        for task in tasks:
            task.join()
    """
    assert check(tmp_path, source, "--strategy", "dpor")["verdict"] == "clean"


def test_a_method_of_a_class_that_is_named_like_a_containers_accesses_nothing(tmp_path: Path) -> None:
    source = """
        import threading

        class Registry:
            @classmethod
            def get(cls, name): return name
            @staticmethod
            def update(name): return name

        def work():
            Registry.update(Registry.get("a"))

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    answer = check(tmp_path, source, "--strategy", "dpor", "--races")
    assert (answer["verdict"], answer["executions"]) == ("clean", 1), answer
