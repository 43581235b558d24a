"""The importer: which modules are loaded rewritten, how often the work is done, and what errors look like."""

from __future__ import annotations

import importlib
import importlib.util
import os
import py_compile
import sys
import textwrap
import traceback
import types
from collections.abc import Callable, Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from raddle._control import importer as module
from raddle._control.importer import Importer
from raddle._control.rewrite import Site

if TYPE_CHECKING:
    from conftest import Hooks


class Numbers:
    """Hands out numbers, and keeps the tables that were published."""

    def __init__(self) -> None:
        self.next = 1
        self.published: list[tuple[str, int, list[Site]]] = []

    def allocate(self, filename: str, count: int) -> int:
        base, self.next = self.next, self.next + count
        return base

    def publish(self, filename: str, base: int, sites: list[Site]) -> None:
        self.published.append((filename, base, sites))

    @property
    def files(self) -> list[str]:
        return [Path(filename).name for filename, _, _ in self.published]


@pytest.fixture
def numbers() -> Numbers:
    return Numbers()


@pytest.fixture
def project(tmp_path: Path, hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make a folder on the path from which modules are imported, and forget them afterwards."""
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.syspath_prepend(str(root))
    before, finders = set(sys.modules), list(sys.meta_path)
    yield root
    sys.meta_path[:] = finders
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def installed(project: Path, numbers: Numbers) -> Importer:
    importer = Importer([project], [], numbers.allocate, numbers.publish)
    importer.install()
    return importer


Write = Callable[[str, str], Path]


@pytest.fixture
def write(project: Path) -> Write:
    def write(name: str, source: str) -> Path:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source).lstrip("\n"), encoding="utf-8")
        importlib.invalidate_caches()
        return path

    return write


def again(importer: Importer, name: str) -> types.ModuleType:
    """Import a module afresh."""
    for loaded in importer.user_modules():
        del sys.modules[loaded]
    return importlib.import_module(name)


def test_the_users_modules_are_rewritten_and_others_are_not(
    installed: Importer, numbers: Numbers, write: Write, hooks: Hooks
) -> None:
    write("app/__init__.py", "from . import store\n")
    write("app/store.py", "import colorsys\nstock = {}\nstock['apple'] = 1\n")
    sys.modules.pop("colorsys", None)
    store = importlib.import_module("app.store")
    assert store.stock == {"apple": 1}
    assert installed.user_modules() == ["app", "app.store"]
    assert installed.unseen == []
    assert numbers.files == ["__init__.py", "store.py"]
    filename, base, sites = numbers.published[1]
    assert [(note.kind, note.site) for note in hooks.announced] == [("store", base)]
    assert sites[0].text == "stock['apple']"
    assert filename == store.__file__ == store.__spec__.origin
    assert "colorsys" in sys.modules
    assert isinstance(store.__loader__, importlib.machinery.SourceFileLoader)


def test_bases_do_not_overlap(installed: Importer, numbers: Numbers, write: Write) -> None:
    write("one.py", "import two\nd = {}\nd[1] = d[1:2] if 0 else 3\n")
    write("two.py", "d = {}\nd[1] = 2\nd[3] = 4\n")
    importlib.import_module("one")
    taken = sorted((base, base + len(sites)) for _, base, sites in numbers.published)
    assert [start for start, _ in taken[1:]] == [end for _, end in taken[:-1]]


def test_a_module_imported_afresh_is_not_read_again(
    installed: Importer, numbers: Numbers, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("counter.py", "d = {}\nd['runs'] = 1\n")
    first = importlib.import_module("counter")
    with monkeypatch.context() as patched:
        patched.setattr(module, "open", None, raising=False)
        patched.setattr(module, "Draft", None)
        second = again(installed, "counter")
    assert second is not first
    assert second.d == {"runs": 1}
    assert len(numbers.published) == 1
    path.write_text("d = {}\nd['runs'] = d['more'] = 2\n", encoding="utf-8")
    assert again(installed, "counter").d == {"runs": 2, "more": 2}
    assert [len(sites) for _, _, sites in numbers.published] == [1, 2]


def test_a_file_of_the_same_size_that_was_touched_is_read_again(
    installed: Importer, numbers: Numbers, write: Write
) -> None:
    path = write("value.py", "value = 1\n")
    importlib.import_module("value")
    path.write_text("value = 2\n", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert again(installed, "value").value == 2


def test_installed_packages_and_the_standard_library_are_left_alone(
    project: Path, numbers: Numbers, write: Write
) -> None:
    write(".venv/lib/python3/site-packages/vendored.py", "d = {}\nd[1] = 2\n")
    write("own.py", "import vendored, colorsys\n")
    sys.path.append(str(project / ".venv/lib/python3/site-packages"))
    sys.modules.pop("colorsys", None)
    importer = Importer([project, "/", Path(os.__file__).parent], [], numbers.allocate, numbers.publish)
    importer.install()
    importlib.import_module("own")
    sys.path.pop()
    assert importer.user_modules() == ["own"]
    assert numbers.files == ["own.py"]


def test_a_root_may_itself_be_an_installed_package(project: Path, numbers: Numbers, write: Write) -> None:
    write("site-packages/tool/__init__.py", "from .part import d\n")
    write("site-packages/tool/part.py", "d = {}\nd[1] = 2\n")
    sys.path.append(str(project / "site-packages"))
    importer = Importer([project / "site-packages" / "tool"], [], numbers.allocate, numbers.publish)
    importer.install()
    importlib.import_module("tool")
    sys.path.pop()
    assert importer.user_modules() == ["tool", "tool.part"]


def test_included_packages_are_rewritten_wherever_they_are(
    project: Path, tmp_path: Path, numbers: Numbers, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    for name in ("wanted/__init__.py", "wanted/part.py", "wanted_not.py"):
        (elsewhere / name).parent.mkdir(parents=True, exist_ok=True)
        (elsewhere / name).write_text("d = {}\nd[1] = 2\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(elsewhere))
    write("own.py", "import wanted.part, wanted_not\n")
    importer = Importer([project], ["wanted"], numbers.allocate, numbers.publish)
    importer.install()
    importlib.import_module("own")
    assert importer.user_modules() == ["own", "wanted", "wanted.part"]


def test_calls_into_own_modules_are_no_escapes(installed: Importer, numbers: Numbers, write: Write) -> None:
    write("queue_of_mine/__init__.py", "def take(items): return items\nlimit = 1\n")
    write("data/notes.txt", "")
    write(
        "main.py",
        "import queue_of_mine, random\nitems = []\nqueue_of_mine.take(items)\nrandom.shuffle(items) if 0 else 0\n",
    )
    importlib.import_module("main")
    kinds = {
        Path(filename).name: [(site.kind, site.text) for site in sites] for filename, _, sites in numbers.published
    }
    assert kinds["main.py"] == [("load", "queue_of_mine.take"), ("call", "queue_of_mine.take"), ("escape", "items")]


def test_a_program_is_compiled_from_the_same_cache(installed: Importer, numbers: Numbers, write: Write) -> None:
    path = write("program.py", "d = {}\nd[1] = 2\n")
    code = installed.compile_program(path)
    assert installed.compile_program(str(path)) is code
    assert code.co_filename == str(path)
    assert len(numbers.published) == 1
    assert installed.user_modules() == []
    assert installed.unseen == []


def test_what_cannot_be_read_is_an_os_error(installed: Importer, project: Path) -> None:
    with pytest.raises(FileNotFoundError):
        installed.compile_program(project / "missing.py")
    with pytest.raises(IsADirectoryError):
        installed.compile_program(project)


BROKEN = {
    "parser": "x = (1,\ny = 2\n",
    "compiler": "x = 1\nreturn x\n",
    "tabs": "if 1:\n\tx = 1\n        y = 2\n",
    "encoding": b"x = 1\ny = '\xff'\n",
    "declared encoding": b"# coding: nonsense\nx = 1\n",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_syntax_errors_surface_as_in_plain_python(kind: str, installed: Importer, write: Write) -> None:
    path = write("broken.py", "")
    source = BROKEN[kind]
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    write("caller.py", "import broken\n")

    def failure(load: Callable[[], object]) -> list[str]:
        with pytest.raises(SyntaxError) as raised:
            load()
        shown = traceback.TracebackException.from_exception(raised.value)
        shown.stack = traceback.StackSummary.from_list(
            [frame for frame in shown.stack if Path(frame.filename).parent == path.parent]
        )
        assert not any(frame.name == "get_code" for frame in traceback.extract_tb(raised.value.__traceback__))
        return list(shown.format())

    def plainly() -> object:
        return compile(path.read_bytes(), str(path), "exec", dont_inherit=True)

    assert failure(lambda: installed.compile_program(path)) == failure(plainly)
    rewritten = failure(lambda: importlib.import_module("caller"))
    installed.uninstall()
    assert rewritten == failure(lambda: importlib.import_module("caller"))


def test_tracebacks_through_imports_show_no_frame_of_the_importer(installed: Importer, write: Write) -> None:
    write("bad.py", "d = {}\nd['missing']\n")
    write("caller.py", "import bad\n")
    with pytest.raises(KeyError) as raised:
        importlib.import_module("caller")
    files = [Path(frame.filename).name for frame in traceback.extract_tb(raised.value.__traceback__)]
    assert "importer.py" not in files
    assert files[files.index("caller.py") :][:2] == ["caller.py", "bad.py"]


def test_modules_without_source_are_reported(installed: Importer, project: Path, write: Write) -> None:
    path = write("compiled.py", "value = 5\n")
    py_compile.compile(str(path), cfile=str(project / "compiled.pyc"))
    path.unlink()
    (project / f"extension{EXTENSION_SUFFIXES[0]}").write_bytes(b"no library")
    importlib.invalidate_caches()
    assert importlib.import_module("compiled").value == 5
    with pytest.raises(ImportError):
        importlib.import_module("extension")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("nowhere_at_all")
    assert installed.unseen == ["compiled", "extension"]
    assert installed.user_modules() == []


def test_source_that_cannot_be_rewritten_is_loaded_plainly(
    installed: Importer, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object, **options: object) -> None:
        raise RecursionError

    monkeypatch.setattr(module, "Draft", refuse)
    path = write("deep.py", "d = {}\nd[1] = 2\n")
    assert importlib.import_module("deep").d == {1: 2}
    assert installed.compile_program(path).co_filename == str(path)
    assert installed.unseen == ["deep", "__main__"]


def test_errors_of_those_who_number_are_not_swallowed(project: Path, write: Write) -> None:
    def refuse(filename: str, count: int) -> int:
        raise ValueError("no numbers left")

    path = write("program.py", "d = {}\nd[1] = 2\n")
    with pytest.raises(ValueError, match="no numbers left"):
        Importer([project], [], refuse, lambda filename, base, sites: None).compile_program(path)


def test_finders_that_were_there_come_first(installed: Importer, write: Write) -> None:
    class Virtual:
        @staticmethod
        def find_spec(fullname: str, path: object = None, target: object = None) -> object:
            return importlib.util.spec_from_loader(fullname, Maker()) if fullname == "virtual" else None

    class Maker:
        @staticmethod
        def create_module(spec: object) -> None:
            return None

        @staticmethod
        def exec_module(made: types.ModuleType) -> None:
            made.__dict__["value"] = "virtual"

    sys.meta_path.insert(1, Virtual)  # type: ignore[arg-type]
    write("virtual.py", "value = 'a file'\n")
    assert importlib.import_module("virtual").value == "virtual"
    assert installed.user_modules() == []


def test_reload_and_source_work(installed: Importer, write: Write) -> None:
    write("thing.py", "d = {}\n\ndef f():\n    return d['x']\n")
    import inspect

    thing = importlib.import_module("thing")
    assert importlib.reload(thing) is thing
    assert inspect.getsource(thing.f) == "def f():\n    return d['x']\n"
    assert thing.__loader__.get_source("thing") == inspect.getsource(thing)
    assert not (Path(thing.__file__).parent / "__pycache__").exists()


def test_namespace_packages_hold_own_modules(installed: Importer, write: Write) -> None:
    write("space/inner/leaf.py", "d = {}\nd[1] = 2\n")
    assert importlib.import_module("space.inner.leaf").d == {1: 2}
    assert installed.user_modules() == ["space.inner.leaf"]
    assert installed.unseen == []


def test_warnings_of_the_compiler_are_given_once(installed: Importer, write: Write) -> None:
    path = write("warned.py", "x = 1\nd = {}\nd[1] = x is 1\n")
    with pytest.warns(SyntaxWarning, match="is") as warned:
        installed.compile_program(path)
    assert [(warning.filename, warning.lineno) for warning in warned] == [(str(path), 3)]
