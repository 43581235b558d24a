"""Code of all origins in `raddle.explore`: it is rewritten, or the answer says that nobody sees what it accesses."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import raddle

COUNTER = """
class Counter:
    value = 0

    def add(self):
        self.value += 1
"""

PROGRAM = """
import threading

def both(first, second):
    threads = [threading.Thread(target=function) for function in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

def program():
    counter = Counter()
    both(counter.add, counter.add)
    assert counter.value == 2
"""


class Folder:
    """A working directory with modules in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: list[str] = []

    def write(self, name: str, text: str) -> Path:
        path = self._folder / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        return path

    def load(self, name: str, text: str) -> ModuleType:
        self.write(name, text)
        self._loaded.append(name)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    def forget(self) -> None:
        for name in self._loaded:
            sys.modules.pop(name, None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    monkeypatch.syspath_prepend(tmp_path / "inside")
    folder = Folder(tmp_path / "inside")
    yield folder
    folder.forget()


def answer(program: ModuleType) -> tuple[str, list[str], list[str]]:
    outcome = raddle.explore(program.program)
    return outcome.verdict, [finding.kind for finding in outcome.findings], outcome.reasons


def test_lambdas_on_one_line_keep_their_own_code(folder: Folder) -> None:
    program = folder.load(
        "lambdas",
        "import threading\n"
        "steps = [lambda value: value + 1, lambda value: value - 1, lambda value: 7, lambda value: None]\n"
        "def program():\n"
        "    assert [step(1) for step in steps] == [2, 0, 7, None]\n",
    )
    assert answer(program) == ("clean", [], [])


def test_a_lambda_that_shares_its_line_is_seen(folder: Folder) -> None:
    text = PROGRAM.replace("counter.add, counter.add", "lambda: add(counter), lambda: add(counter)")
    lines = "\nnothing, add, again = lambda it: None, lambda it: it.add(), lambda it: it.add()\n"
    assert answer(folder.load("lambda_add", COUNTER + lines + text))[1] == ["lost-update"]


def test_a_module_that_nobody_finds_by_name_is_seen(folder: Folder) -> None:
    path = folder.write("nameless", COUNTER + PROGRAM)
    spec = importlib.util.spec_from_file_location("nameless", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert answer(module)[1] == ["lost-update"]


def test_a_variable_that_another_module_changes_is_seen_where_it_is_read(folder: Folder) -> None:
    folder.load("state", "value = 0\ndef get():\n    return value\n")
    program = folder.load(
        "reader",
        "import state\nfrom state import get\n"
        + PROGRAM.partition("def program")[0]
        + "def set():\n    state.value = 1\n"
        + "def read_twice():\n    first = get()\n    assert first == get()\n"
        + "def program():\n    state.value = 0\n    both(set, read_twice)\n",
    )
    assert answer(program)[0] == "finding"


def test_what_is_not_rewritten_is_told_when_it_runs(folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(name: str) -> None:
        program = folder.load(f"uses_{name}", f"from {name} import Counter\n{PROGRAM}")
        for _ in range(2):
            verdict, findings, reasons = answer(program)
            assert (verdict, findings) == ("clean-so-far", [])
            assert [reason for reason in reasons if name in reason] == reasons != []

    (tmp_path / "elsewhere.py").write_text(COUNTER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    told("elsewhere")

    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "package.py").write_text(COUNTER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    told("package")

    with zipfile.ZipFile(tmp_path / "inside" / "archive.zip", "w") as archive:
        archive.writestr("archived.py", COUNTER)
    monkeypatch.syspath_prepend(tmp_path / "inside" / "archive.zip")
    told("archived")

    folder.load("removed", COUNTER)
    (tmp_path / "inside" / "removed.py").unlink()
    told("removed")


@pytest.mark.parametrize("source", ["exec(TEXT)", "exec(compile(TEXT, 'text', 'exec'))", "import maker; add = maker.make(TEXT)"])
def test_a_function_that_was_made_from_text_before_is_told(source: str, folder: Folder) -> None:
    folder.load("maker", "def make(text):\n    names = {}\n    exec(text, names)\n    return names['add']\n")
    text = "def add(counter): counter.value += 1"
    program = PROGRAM.replace("counter.add, counter.add", "lambda: add(counter), lambda: add(counter)")
    program = f"class Counter: value = 0\nTEXT = {text!r}\n{source}\n{program}"
    verdict, findings, reasons = answer(folder.load("uses_text", program))
    assert (verdict, findings) == ("clean-so-far", [])
    assert [reason for reason in reasons if "add" in reason or "module uses_text" in reason] == reasons != []


def test_what_does_not_run_need_not_be_rewritten(folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere.py").write_text(COUNTER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    text = PROGRAM.replace("counter = Counter()", "counter = 0").replace("counter.add", "int").replace(".value == 2", " == 0")
    assert answer(folder.load("uses_little", f"import elsewhere\n{text}")) == ("clean", [], [])


def test_a_generator_that_was_begun_before_is_told(folder: Folder) -> None:
    program = folder.load(
        "begun",
        "value = [0]\n"
        "def count():\n    while True:\n        value[0] += 1\n        yield\n"
        "first, second = count(), count()\nnext(first), next(second)\n"
        + PROGRAM.partition("def program")[0]
        + "def program():\n    value[0] = 0\n    both(first.__next__, second.__next__)\n    assert value == [2]\n",
    )
    assert answer(program) == ("clean-so-far", [], ["accesses to shared state in count are not seen"])
