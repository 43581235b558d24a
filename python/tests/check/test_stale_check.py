"""Stale checks: a test is told only where it would come out differently when it is acted on.

Each program is two threads that test and act, with nothing between them; all that matters is what is tested.
"""

from __future__ import annotations

import textwrap
from functools import partial
from pathlib import Path

import command
import pytest

check = partial(command.check, executions=300)

_PROGRAM = """\
import enum
import threading
from collections import defaultdict, deque
from dataclasses import dataclass


class Shop:
    LIMIT = !!

    def __init__(self):
        self.open = True
        self.people = []
        self.last = None
        self.limit = !!


shop = Shop()


def main():
    threads = [threading.Thread(target=visit, args=(name,)) for name in ("Ada", "Ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

"""

TESTS: dict[str, tuple[str, tuple[object, object]]] = {
    "a length": (
        """
        people = []
        def visit(name):
            if len(people) < ??:
                people.append(name)
        """,
        (100, 1),
    ),
    "a length of an attribute": (
        """
        def visit(name):
            if len(shop.people) < shop.limit:
                shop.people.append(name)
        """,
        (100, 1),
    ),
    "a limit of the class": (
        """
        def visit(name):
            if len(shop.people) < shop.LIMIT:
                shop.people.append(name)
        """,
        (100, 1),
    ),
    "a limit that is an argument": (
        """
        people = []
        def enter(name, most):
            if len(people) < most:
                people.append(name)
        def visit(name):
            enter(name, ??)
        """,
        (100, 1),
    ),
    "a limit in a dataclass": (
        """
        @dataclass
        class Room:
            limit: int
            people: list
        room = Room(??, [])
        def visit(name):
            if room.limit > len(room.people):
                room.people.append(name)
        """,
        (100, 1),
    ),
    "a global": (
        """
        count = 0
        def visit(name):
            global count
            if count < ??:
                count = 5 if name == "Ada" else 6
        """,
        (100, 1),
    ),
    "a variable of the enclosing function": (
        """
        def rooms():
            count = 0
            def visit(name):
                nonlocal count
                if count < ??:
                    count = 5 if name == "Ada" else 6
            return visit
        visit = rooms()
        """,
        (100, 1),
    ),
    "an attribute": (
        """
        def visit(name):
            if shop.last != ??:
                shop.last = name
        """,
        ('"nobody"', '"Ada"'),
    ),
    "an item": (
        """
        stock = {"tea": 9}
        def visit(name):
            if stock["tea"] > ??:
                stock["tea"] = 5 if name == "Ada" else 6
        """,
        (2, 8),
    ),
    "an item that may be missing": (
        """
        stock = {}
        def visit(name):
            if stock.get("tea", 0) < ??:
                stock["tea"] = 5 if name == "Ada" else 6
        """,
        (100, 1),
    ),
    "a container as a whole": (
        """
        people = []
        def visit(name):
            if people != ??:
                people.append(name)
        """,
        (["nobody"], ["Ada"]),
    ),
    "what is in a list": (
        """
        people = []
        def visit(name):
            if ?? not in people:
                people.append("Ada" if name == "Ada" else "Ben")
        """,
        ("name", '"Ada"'),
    ),
    "what is in a deque": (
        """
        people = deque()
        def visit(name):
            if ?? not in people:
                people.append("Ada" if name == "Ada" else "Ben")
        """,
        ("name", '"Ada"'),
    ),
    "what is in values": (
        """
        rooms = {1: "nobody"}
        def visit(name):
            if ?? not in rooms.values():
                rooms.update({len(rooms) + 7: name})
        """,
        ("name", '"Ada"'),
    ),
    "a generator": (
        """
        people = []
        def visit(name):
            if any(person == ?? for person in people):
                return
            people.append(name)
        """,
        ("name", '"Ada"'),
    ),
    "a generator over pairs": (
        """
        people = []
        def visit(name):
            if all(other != ?? for number, other in people if number >= 0):
                people.append((len(name), name))
        """,
        ("name", '"Ada"'),
    ),
    "a loop that searches": (
        """
        @dataclass
        class Person:
            name: str
        people = []
        def visit(name):
            for person in people:
                if person.name == ??:
                    return
            people.append(Person(name))
        """,
        ("name", '"Ada"'),
    ),
    "a loop that searches, and its else": (
        """
        people = []
        def visit(name):
            for person in people:
                if person == ??:
                    break
            else:
                people.append(name)
        """,
        ("name", '"Ada"'),
    ),
    "a sum": (
        """
        prices = [1]
        def visit(name):
            if sum(prices) < ??:
                prices.append(3)
        """,
        (100, 3),
    ),
    "a largest": (
        """
        prices = [1]
        def visit(name):
            if max(prices, default=0) < 100 and max(prices) < ??:
                prices.append(3)
        """,
        (100, 3),
    ),
    "several tests at once": (
        """
        def visit(name):
            if shop.open and not (len(shop.people) >= ?? or shop.last):
                shop.people.append(name)
        """,
        (100, 1),
    ),
    "one test in another": (
        """
        people = []
        def visit(name):
            if name:
                if len(people) < ??:
                    if len(people) < 200:
                        people.append(name)
        """,
        (100, 1),
    ),
    "a test that leads out": (
        """
        people = []
        def visit(name):
            if len(people) >= ??:
                return
            people.append(name)
        """,
        (100, 1),
    ),
    "a test that leads on": (
        """
        people = []
        def visit(name):
            for _ in range(2):
                if len(people) >= ??:
                    continue
                people.append(name)
        """,
        (100, 1),
    ),
    "a loop's test": (
        """
        people = []
        def visit(name):
            tries = 0
            while len(people) < ?? and tries < 1:
                tries += 1
                people.append(name)
        """,
        (100, 1),
    ),
    "what a loop has waited for": (
        """
        people = []
        def visit(name):
            while len(people) >= ??:
                people.pop()
            people.append(name)
        """,
        (100, 1),
    ),
    "a walrus": (
        """
        people = []
        def visit(name):
            if (count := len(people)) < ??:
                people.append(name)
        """,
        (100, 1),
    ),
    "a value kept in a variable": (
        """
        people = []
        def visit(name):
            count = len(people)
            free = ?? - count
            if free > 0:
                people.append(name)
        """,
        (100, 1),
    ),
    "a test kept in a variable": (
        """
        people = []
        def visit(name):
            full = len(people) >= ??
            if not full:
                people.append(name)
        """,
        (100, 1),
    ),
    "a conditional expression": (
        """
        count = 0
        def visit(name):
            global count
            count = 5 if count < ?? else 6
            """,
        (100, 1),
    ),
    "part of an expression": (
        """
        people = []
        def visit(name):
            len(people) < ?? and people.append(name)
        """,
        (100, 1),
    ),
    "a container's alias": (
        """
        def visit(name):
            people = shop.people
            if len(people) < ??:
                people.append(name)
        """,
        (100, 1),
    ),
    "a match": (
        """
        count = 0
        def visit(name):
            global count
            match count:
                case ??:
                    count = 1
        """,
        ("0 | 1", "0"),
    ),
    "a match that leads out": (
        """
        count = 0
        def visit(name):
            global count
            match count:
                case ??:
                    return
            count = 1
        """,
        (5, 1),
    ),
    "an enumeration": (
        """
        class State(enum.Enum):
            NEW = 1
            RUNNING = 2
            CLOSED = 3
        state = State.NEW
        def visit(name):
            global state
            if state ??:
                state = State.RUNNING if name == "Ada" else State.CLOSED
        """,
        ("!= None", "is State.NEW"),
    ),
    "an object": (
        """
        class Price:
            def __init__(self, item):
                self.item = item
        price = None
        def visit(name):
            global price
            if price ??:
                price = Price(name)
        """,
        ("is not price", "is None"),
    ),
    "a default of the class": (
        """
        class Lamp:
            light = 0
            def shine(self, light):
                if self.light < ??:
                    self.light = light
                    self.last = light
        lamp = Lamp()
        def visit(name):
            lamp.shine(5 if name == "Ada" else 6)
        """,
        (100, 1),
    ),
    "a constant that may be stored once more": (
        """
        def visit(name):
            if name == "Ada":
                if shop.open is True:
                    shop.open = False
            elif shop.open is True:
                shop.open = ??
        """,
        ("False", "None"),
    ),
    "a value that may be stored once more": (
        """
        most = 9
        def visit(name):
            if shop.open is True:
                shop.open = ??
        """,
        ("most", "name"),
    ),
    "a constant stored under a key that is not there": (
        """
        tables = {}
        def visit(name):
            if name not in tables and len(tables) < ??:
                tables[name] = True
        """,
        (100, 1),
    ),
    "a flag": (
        """
        def visit(name):
            if ??shop.open:
                shop.open = name
        """,
        ("", "True is "),
    ),
    "what is looked up in what is looked up": (
        """
        shops = {"main": {"people": []}}
        def visit(name):
            if len(shops["main"]["people"]) < ??:
                shops["main"]["people"].append(name)
        """,
        (100, 1),
    ),
    "an attribute that may be missing": (
        """
        class Shop:
            pass
        shop = Shop()
        def visit(name):
            if getattr(shop, "last", 0) < ??:
                shop.last = 5 if name == "Ada" else 6
        """,
        (100, 1),
    ),
    "a set": (
        """
        people = set()
        def visit(name):
            if not people >= ??:
                people.update([name, "both"])
        """,
        ('{"nobody"}', '{"both"}'),
    ),
}


def program(test: str, number: int) -> str:
    """Return the program of one of the tests, with the part that decides."""
    source, parts = TESTS[test]
    limit = parts[number] if isinstance(parts[number], int) else 0
    whole = _PROGRAM.replace("!!", str(limit)) + textwrap.dedent(source) + "\nmain()\n"
    return whole.replace("??", str(parts[number]))


@pytest.mark.parametrize("test", TESTS)
def test_a_test_that_comes_out_the_same_is_not_told(test: str, tmp_path: Path) -> None:
    answer = check(tmp_path, program(test, 0))
    assert answer["verdict"].startswith("clean"), answer


@pytest.mark.parametrize("test", TESTS)
def test_a_test_that_comes_out_differently_is_told(test: str, tmp_path: Path) -> None:
    answer = check(tmp_path, program(test, 1))
    assert [finding["kind"] for finding in answer["findings"]] == ["stale-check"]


UNKNOWABLE = {
    "an order of the program's own": """
        class Age:
            asked = []
            def __init__(self, years):
                self.years = years
            def __lt__(self, other):
                Age.asked.append(1)
                return self.years < other.years
        ages = [Age(3)]
        lock = threading.Lock()
        def visit(name):
            if min(ages).years < 9:
                ages.append(Age(5))
        def end():
            assert len(Age.asked) <= 1
        """,
    "an equality of the program's own": """
        class Age:
            asked = []
            def __eq__(self, other):
                Age.asked.append(1)
                return False
        age = Age()
        def visit(name):
            global age
            if age != 9:
                age = Age()
        def end():
            assert len(Age.asked) == 2
        """,
    "a truth of the program's own": """
        class Age:
            asked = []
            def __bool__(self):
                Age.asked.append(1)
                return True
        age = Age()
        def visit(name):
            global age
            if age:
                age = Age()
        def end():
            assert len(Age.asked) == 2
        """,
    "a property": """
        class Person:
            asked = []
            def __init__(self):
                self.years = 3
            @property
            def age(self):
                Person.asked.append(1)
                return self.years
        people = [Person()]
        def visit(name):
            if all(person.age < 9 for person in people):
                people.append(Person())
        def end():
            assert len(Person.asked) <= 3
        """,
    "an item that is made when it is looked up": """
        made = []
        def make():
            made.append(1)
            return 0
        prices = defaultdict(make)
        def visit(name):
            if prices["tea"] < 5:
                prices["tea"] = 1 if name == "Ada" else 2
        def end():
            assert len(made) <= 2, made
        """,
    "a function of the program's own": """
        people = []
        asked = 0
        def count(things):
            global asked
            with lock:
                asked += 1
            return len(things)
        lock = threading.Lock()
        def visit(name):
            if count(people) < 9:
                people.append(name)
        def end():
            assert asked == 2, asked
        """,
}


@pytest.mark.parametrize("test", UNKNOWABLE)
def test_no_code_of_the_program_runs_to_look_at_a_test_again(test: str, tmp_path: Path) -> None:
    answer = check(tmp_path, (_PROGRAM + textwrap.dedent(UNKNOWABLE[test]) + "\nmain()\nend()\n").replace("!!", "0"))
    assert answer["verdict"].startswith("clean"), answer


OWN_DOING = {
    "the limit is lowered by who has taken part": """
        def visit(name):
            if len(shop.people) < shop.limit:
                shop.limit -= 1
                shop.people.append(name)
        """,
    "a method sets what was tested": """
        def prepare():
            shop.open = "ready"
        def visit(name):
            if shop.open is True and len(shop.people) < 100:
                prepare()
                shop.people.append(name)
        """,
    "an index is moved on": """
        place = {"next": 0}
        def visit(name):
            if shop.people[place["next"]] is None:
                place["next"] += 1
                shop.people[0] = name
        shop.people += [None, "Cid", None]
        """,
}


@pytest.mark.parametrize("test", OWN_DOING)
def test_what_a_task_has_changed_itself_is_not_told_as_outdated(test: str, tmp_path: Path) -> None:
    source = (_PROGRAM + textwrap.dedent(OWN_DOING[test])).replace("!!", "1")
    end = """
watcher = threading.Thread(target=shop.people.reverse)
watcher.start()
visit("Ada")
watcher.join()
"""
    answer = check(tmp_path, source + end)
    assert "stale-check" not in [finding["kind"] for finding in answer["findings"]], answer


def test_an_assertion_is_no_test_to_act_upon(tmp_path: Path) -> None:
    program_ = """
        import threading
        room = threading.Semaphore(2)
        people = []
        def visit(name):
            with room:
                assert len(people) != 5
                people.append(name)
                people.remove(name)
        threads = [threading.Thread(target=visit, args=(name,)) for name in ("Ada", "Ben")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    assert check(tmp_path, program_)["verdict"].startswith("clean")
