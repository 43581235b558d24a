"""Running a program: as `__main__`, afresh in each execution, or once and natively."""

from __future__ import annotations

import importlib.util
import os
import sys
import tokenize
from collections.abc import Callable
from types import CodeType, FrameType, ModuleType
from typing import TYPE_CHECKING, Any, Literal

from raddle._raddle import control

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

    from .importer import Importer
    from .reset import State
    from .streams import Streams

__all__ = ["Function", "Launched", "find_module", "launch", "leave", "run"]

_ended_by_ctrl_c = False
"""Whether that ended the program that was run."""


def find_module(name: str) -> str:
    """Return the file that `-m name` runs, without running any of it."""
    for candidate in (name, f"{name}.__main__"):
        path = _locate(candidate)
        if path is not None:
            return path
    if _locate(f"{name}.__init__") is not None:
        raise ModuleNotFoundError(f"{name} is a package without a __main__ module, which is what -m {name} would run")
    raise ModuleNotFoundError(f"no module named {name} in {os.getcwd()} or where Python looks for modules")


def _locate(name: str) -> str | None:
    """Return a module's source file, found by walking down from the top: no package on the way is imported."""
    places: Any = [os.getcwd(), *sys.path]
    *parents, last = name.split(".")
    for parent in parents:
        spec = _find(parent, places)
        if spec is None or spec.submodule_search_locations is None:
            return None
        places = spec.submodule_search_locations
    spec = _find(last, places)
    if spec is None or spec.submodule_search_locations is not None or not spec.has_location:
        return None
    return spec.origin


def _find(name: str, places: Any) -> ModuleSpec | None:
    from importlib.machinery import PathFinder

    return PathFinder.find_spec(name, list(places))


class _Program:
    """What is to run as `__main__`."""

    def __init__(self, kind: str, target: str | os.PathLike[str], args: list[str]) -> None:
        self._target = os.fspath(target)
        self._is_module = kind == "module"
        self.path = find_module(self._target) if self._is_module else os.path.abspath(self._target)
        self.argv = [self.path if self._is_module else self._target, *args]
        self.folder = os.getcwd() if self._is_module else os.path.dirname(os.path.realpath(self.path))

    def take_path(self) -> None:
        """Put the program's folder where Python puts it, unless the user has forbidden that.

        The option -P may be ours: it keeps the working directory out of the way of the command itself.
        """
        if not os.environ.get("PYTHONSAFEPATH"):
            sys.path.insert(0, self.folder)

    def module(self) -> ModuleType:
        """Return a fresh `__main__`."""
        module = ModuleType("__main__")
        names = module.__dict__
        names.update(__file__=self.path, __builtins__=sys.modules["builtins"], __annotations__={})
        if self._is_module:
            spec = importlib.util.find_spec(self._module_name())
            assert spec is not None
            names.update(__spec__=spec, __package__=spec.parent, __loader__=spec.loader, __cached__=spec.cached)
        else:
            from importlib.machinery import SourceFileLoader

            names.update(__loader__=SourceFileLoader("__main__", self.path), __cached__=None)
        return module

    def _module_name(self) -> str:
        is_package = os.path.basename(self.path) == "__main__.py" and not self._target.endswith("__main__")
        return f"{self._target}.__main__" if is_package else self._target


def _importer(include: list[str], roots: list[str], main_file: str | None) -> Importer:
    """Return an importer that tells the hooks of what it rewrites; `main_file` is the program itself."""
    from .importer import Importer

    def publish(file: str, base: int, sites: list[Any]) -> None:
        with tokenize.open(file) as source:
            lines = source.read().splitlines()
        control.add_file(file, lines)
        control.add_sites(base, file, sites, file == main_file)

    return Importer(roots, include, lambda _file, _count: control.next_site(), publish)


_FILES_TOLD = 3
"""So many uses of files are told of at most."""


class Launched:
    """A program under control, as the engine runs it: again and again."""

    def __init__(self, importer: Importer, owns_process: bool) -> None:
        from . import files, texts
        from .reset import State
        from .streams import Streams

        self.importer = importer
        self.importer.install()
        self.streams: Streams = Streams(owns_process)
        self.state: State = State(self.importer.user_modules)
        self._home = os.getpid()
        self._known_modules = set(sys.modules)
        self.argv = list(sys.argv)
        self.named_modules = ["__main__"]
        files.AUDIT.watch()
        texts.AUDIT.watch()

    def reset(self) -> None:
        """Put everything into the state that executions start from."""
        self.state.begin(list(self.argv))
        self.streams.begin()

    def main(self) -> None:
        """Run the program once."""
        raise NotImplementedError

    def close(self) -> None:
        """Take note that what is printed from here on is not the program's doing."""
        self.streams.close()

    def finish(self) -> str:
        """Clean up after an execution; return what it printed."""
        if os.getpid() != self._home:
            # A child that the program has forked: the search is its parent's.
            os._exit(0)
        printed = self.streams.end()
        self.state.end()
        return printed

    def names(self, numbers: list[int], frames: list[FrameType]) -> dict[int, str]:
        """Return what the user calls these objects."""
        from .naming import names

        return names(numbers, [*self.named_modules, *self.importer.user_modules()], frames)

    def unseen(self) -> list[str]:
        """Return what of the user's own code is not rewritten, so that nobody knows what it accesses; files that tasks use."""
        from . import files, texts

        modules = dict.fromkeys([*self.importer.unseen, *self._foreign_modules("elsewhere")])
        packages = dict.fromkeys(name.partition(".")[0] for name in self._foreign_modules("installed"))
        hints = [f"the installed package {name} (rewritten with `--include {name}`)" for name in packages]
        return [*(f"module {name}" for name in modules), *hints, *texts.AUDIT.seen(), *files.AUDIT.seen()[:_FILES_TOLD]]

    def unfound(self) -> list[str]:
        """Return the packages that are to be watched and that there are not."""
        return self.importer.unfound()

    def _foreign_modules(self, origin: Literal["installed", "elsewhere"]) -> list[str]:
        """Return the modules that the program has imported and that are neither its own nor the standard library's."""
        from .strangers import origin as origin_of

        found = []
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name in self._known_modules or not isinstance(file, str) or control.is_users_file(file):
                continue
            if origin_of(file) == origin:
                found.append(name)
        return found

    def restore(self) -> None:
        """Give the process back what was its own."""
        self.state.restore()
        self.streams.restore()
        self.importer.uninstall()


class _LaunchedProgram(Launched):
    """A program that runs as `__main__`."""

    def __init__(self, program: _Program, include: list[str]) -> None:
        self._program = program
        self._path = list(sys.path)
        program.take_path()
        super().__init__(_importer(include, [program.folder, os.getcwd()], program.path), owns_process=True)
        self.argv = program.argv
        self._code: CodeType | None = None
        self.state.install()

    def main(self) -> None:
        """Run the program as Python does, up to the end of the interpreter."""
        self.state.enter()
        try:
            self._run()
        except SystemExit as e:
            if code := _exit_code(e):
                _tell_failed_test(e, code)
                control.uncaught(e)
        except BaseException as e:
            if not control.uncaught(e):
                return
            _print_exception(e)
        _end(self.state.exits.run)

    def _run(self) -> None:
        module = sys.modules["__main__"] = self._program.module()
        if self._code is None:
            self._code = self.importer.compile_program(self._program.path)
        exec(self._code, module.__dict__)

    def restore(self) -> None:
        """Give the process back what was its own."""
        super().restore()
        sys.path[:] = self._path


_importers: dict[str, Importer] = {}
"""Those of functions, by working directory: what one check has rewritten the next need not."""


class Function(Launched):
    """A function under control."""

    def __init__(self, function: Callable[[], object]) -> None:
        from .graft import Graft
        from .relics import relics
        from .strangers import Strangers

        directory = os.getcwd()
        if directory not in _importers:
            _importers[directory] = _importer([], [directory], None)
        super().__init__(_importers[directory], owns_process=False)
        self._function = function
        self._graft = Graft(self.importer)
        self.relics = relics(function, {*self._graft.modules, *self.importer.user_modules()})
        self._strangers = Strangers(self.importer)
        home = getattr(function, "__module__", None) or "__main__"
        self.named_modules = [home, *(name for name in self._graft.modules if name != home)]
        self.state.install()

    def main(self) -> None:
        """Call the function, and wait for the threads that it leaves behind."""
        self.state.enter()
        try:
            self._strangers.enter()
            self._function()
        except BaseException as e:
            if not control.uncaught(e):
                return
            _print_exception(e)
        finally:
            self._strangers.leave()
        _end(self.state.exits.run)

    def unseen(self) -> list[str]:
        """Return what of the user's own code is not rewritten, so that nobody knows what it accesses."""
        code = getattr(self._function, "__code__", None)
        is_foreign = code is None or not control.is_users_file(code.co_filename)
        this = [getattr(self._function, "__qualname__", repr(self._function))] if is_foreign else []
        return list(dict.fromkeys([*super().unseen(), *this, *self._graft.unseen, *self._strangers.found()]))

    def restore(self) -> None:
        """Give the process back what was its own."""
        super().restore()
        self._strangers.restore()
        self._graft.undo()


def launch(kind: str, target: str | os.PathLike[str], args: list[str], include: list[str]) -> Launched:
    """Prepare a program for controlled executions."""
    return _LaunchedProgram(_Program(kind, target, args), include)


def _end(run_exits: Callable[[], None]) -> None:
    """Do what the interpreter does when a program has ended: wait for its threads, run what it registered."""
    import threading

    for step in (threading._shutdown, run_exits):  # type: ignore[attr-defined]
        try:
            step()
        except BaseException as e:
            if not control.uncaught(e):
                return
            sys.excepthook(type(e), e, e.__traceback__)


def _print_exception(e: BaseException) -> None:
    """Print an uncaught exception as Python does: without the frames that are ours."""
    traceback = e.__traceback__
    ours = os.path.dirname(__file__) + os.sep
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(ours):
        traceback = traceback.tb_next
    e.__traceback__ = traceback
    sys.excepthook(type(e), e, traceback)


def _exit_code(e: SystemExit) -> int:
    """Return what the process would exit with; say what it would say."""
    if e.code is None:
        return 0
    if isinstance(e.code, int):
        return e.code & 0xFF
    print(e.code, file=sys.stderr)
    return 1


def _tell_failed_test(e: SystemExit, code: int) -> None:
    """Let the exit of `unittest.main()` say which test failed first, and how: nothing else that leaves it does."""
    traceback = e.__traceback__
    unittest = sys.modules.get("unittest.main")
    while unittest is not None and traceback is not None:
        program = traceback.tb_frame.f_locals.get("self")
        if isinstance(program, unittest.TestProgram):
            # Who gives wrong options has no result, and a runner of one's own may give any.
            result = getattr(program, "result", None)
            for test, text in [*getattr(result, "failures", ()), *getattr(result, "errors", ())][:1]:
                # What was raised stands below the frames, which are indented.
                raised = next((line for line in text.splitlines()[1:] if line[:1].strip()), "")
                e.args = (f"{code}, as {test.id().removeprefix('__main__.')} failed: {raised}",)
            return
        traceback = traceback.tb_next


def leave() -> None:
    """Raise KeyboardInterrupt if that has ended the program: Python answers it, when all is done, by dying of the signal."""
    if _ended_by_ctrl_c:
        # The program's own hook has been told of it.
        sys.excepthook = lambda *_: None
        raise KeyboardInterrupt


def run(kind: str, target: str | os.PathLike[str], args: list[str], include: list[str]) -> int:
    """Run a program natively, with Raddle's primitives in place; return its exit code."""
    global _ended_by_ctrl_c
    from raddle import install

    del include
    program = _Program(kind, target, args)
    install()
    sys.argv = program.argv
    program.take_path()
    try:
        module = sys.modules["__main__"] = program.module()
        with open(program.path, "rb") as file:
            code = compile(file.read(), program.path, "exec", dont_inherit=True)
        exec(code, module.__dict__)
    except SystemExit as e:
        return _exit_code(e)
    except KeyboardInterrupt as e:
        _print_exception(e)
        _ended_by_ctrl_c = True
        return 130
    except BaseException as e:
        _print_exception(e)
        return 1
    return 0
