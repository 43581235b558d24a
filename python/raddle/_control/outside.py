"""What cannot be controlled: processes, sockets, event loops, signals, foreign functions. It happens, and the verdict says so.

Modules are changed when the program imports them, never imported for that, but for built-in ones, which share a loader.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import FrameType, FunctionType, ModuleType, SimpleNamespace
from typing import Any

from raddle._raddle import control

from . import library, reset
from .silent import Silencer

_CALLS = {
    "posix": "fork forkpty fork_exec posix_spawn posix_spawnp system openpty pipe pipe2",
    "os": "fork forkpty posix_spawn posix_spawnp system openpty pipe pipe2 popen",
    "subprocess": "Popen.__init__",
    "socket": "socket.__init__",
    "select": "select poll epoll kqueue",
    "asyncio.base_events": "BaseEventLoop.run_forever BaseEventLoop.run_until_complete",
    "multiprocessing.process": "BaseProcess.start",
    "multiprocessing.context": "BaseContext.Pool BaseContext.Manager",
    "concurrent.futures.process": "ProcessPoolExecutor.__init__",
    "_signal": "alarm setitimer pthread_kill",
    "_ctypes": "call_function call_cdeclfunction",
    "_thread": "interrupt_main",
}
"""Calls after which an execution is not all ours, by module."""

_ENDS = {"posix": "_exit abort execv execve", "os": "_exit abort execv execve"}
"""Calls that would end the process, and the search with it: they end the execution."""

_NAMES = {
    "Popen.__init__": "Popen",
    "socket.__init__": "socket",
    "BaseEventLoop.run_forever": "run",
    "BaseEventLoop.run_until_complete": "run",
    "BaseProcess.start": "Process.start",
    "BaseContext.Pool": "Pool",
    "BaseContext.Manager": "Manager",
    "ProcessPoolExecutor.__init__": "ProcessPoolExecutor",
}
"""What a program calls it, where that is something else."""

_REAL_TIME = frozenset({"subprocess", "selectors", "socket", "asyncio", "multiprocessing", "socketserver", "ssl"})
"""Packages that wait for the world outside: their clocks are real, as the world's is."""


class _Outside:
    """Changes modules as they are imported: their locks become silent, their ways outside tell of it."""

    def __init__(self, silencer: Silencer, natives: dict[str, Any]) -> None:
        self._silencer = silencer
        self._natives = natives
        time = sys.modules["time"]
        self._real_time = SimpleNamespace(**{**vars(time), **{name: natives[name] for name in natives if hasattr(time, name)}})
        self._virtual = {id(getattr(time, name)): natives[name] for name in natives if hasattr(time, name)}
        self._virtual[id(time)] = self._real_time

    def change(self, module: ModuleType) -> None:
        """Change a module that has just been imported."""
        name = module.__name__
        if self._silencer.covers(name):
            self._silencer.silence(module)
        if name.partition(".")[0] in _REAL_TIME:
            for variable, value in list(vars(module).items()):
                if id(value) in self._virtual:
                    setattr(module, variable, self._virtual[id(value)])
        package = "os" if name == "posix" else name.partition(".")[0].lstrip("_")
        for path in _CALLS.get(name, "").split():
            _wrap(module, path, f"{package}.{_NAMES.get(path, path)}")
        for path in _ENDS.get(name, "").split():
            setattr(module, path, _ending(getattr(module, path), f"{package}.{path}"))
        if name == "ctypes":
            control.keep_data(module._SimpleCData.__base__)
            _let_foreign_functions_tell(module)
        if name == "selectors":
            _let_others_run_meanwhile(module, self._real_time)
        # Where a state is kept, functions are replaced, and what replaces them announces what it does.
        reset.loaded(module)
        if library.concerns(name):
            library.announce(module)

    def concerns(self, name: str) -> bool:
        """Whether anything about the module of that name is changed."""
        return self._silencer.covers(name) or name in _CALLS or name in reset.STATES or library.concerns(name) or name == "ctypes"

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find the module as the finders behind this one do; if it is to be changed, do so after it was loaded."""
        if not self.concerns(fullname) or self not in sys.meta_path:
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(fullname, path, target) if find else None
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    self._change_after_loading(spec.loader)
                return spec
        return None

    def _change_after_loading(self, loader: Any) -> None:
        if isinstance(loader, type):
            # The finders of built-in and frozen modules share one loader: such a module is there before the program asks.
            return
        load = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            load(module)
            self.change(module)

        loader.exec_module = exec_module


def install(silencer: Silencer, natives: dict[str, Any]) -> None:
    """Change the modules that are imported already, and those that will be."""
    outside = _Outside(silencer, natives)
    for name in filter(outside.concerns, sys.builtin_module_names):
        importlib.import_module(name)
    for name, module in list(sys.modules.items()):
        if isinstance(module, ModuleType) and outside.concerns(name):
            outside.change(module)
    sys.meta_path.insert(0, outside)


class _Telling:
    """A function written in C that tells when it is called; as in C, it is no method of the class that has it."""

    def __init__(self, function: Any, what: str) -> None:
        functools.update_wrapper(self, function, updated=())
        self._function, self._what = function, what

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        _tell(self._what)
        return self._function(*args, **kwargs)


def _wrap(module: ModuleType, path: str, what: str) -> None:
    """Let the function at `path` tell that it was called."""
    owner: Any = module
    *names, last = path.split(".")
    for name in names:
        owner = getattr(owner, name, None)
    function = vars(owner).get(last) if owner is not None else None
    if isinstance(function, FunctionType):
        setattr(owner, last, _telling(function, what))
    elif callable(function):
        setattr(owner, last, _Telling(function, what))


def _telling(function: FunctionType, what: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def telling(*args: Any, **kwargs: Any) -> Any:
        _tell(what)
        return function(*args, **kwargs)

    return telling


def _ending(function: Callable[..., Any], what: str) -> Callable[..., Any]:
    home = os.getpid()

    @functools.wraps(function)
    def ending(*args: Any, **kwargs: Any) -> Any:
        # A child that the program has forked ends as it likes.
        if control.in_execution() and os.getpid() == home:
            control.end_execution(what)
        return function(*args, **kwargs)

    return ending


def _let_foreign_functions_tell(ctypes: Any) -> None:
    """Let the functions that are found in libraries from now on, and pointers to functions, tell when they are called.

    Those that the module has made for itself (`string_at`, `cast`) stay as they are: they only look at memory.
    """
    plain = ctypes._CFuncPtr

    class CFuncPtr(plain):  # type: ignore[misc, valid-type]
        _flags_ = ctypes._FUNCFLAG_CDECL

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            _tell(f"{getattr(self, '__name__', 'a function pointer')} through ctypes")
            return super().__call__(*args, **kwargs)

    CFuncPtr.__module__, CFuncPtr.__qualname__, CFuncPtr.__doc__ = plain.__module__, plain.__qualname__, plain.__doc__
    ctypes._CFuncPtr = CFuncPtr
    # Classes of functions that were made already.
    ctypes._c_functype_cache.clear()
    ctypes.pythonapi = type(ctypes.pythonapi)(ctypes.pythonapi._name)


def _let_others_run_meanwhile(selectors: Any, time: Any) -> None:
    """Let a task that waits for the world outside look again and again, so that others can go on: an event loop's threads."""
    for name in ("SelectSelector", "_PollLikeSelector", "EpollSelector", "KqueueSelector"):
        selector = getattr(selectors, name, None)
        if selector is not None and "select" in vars(selector):
            selector.select = _patient(selector.select, time)


def _patient(select: Any, time: Any) -> Any:
    @functools.wraps(select)
    def looking(self: Any, timeout: float | None = None) -> Any:
        if not control.in_execution() or control.is_alone():
            return select(self, timeout)
        end = None if timeout is None else time.monotonic() + timeout
        pause = 0.0
        while True:
            found = select(self, pause)
            if found or (end is not None and time.monotonic() >= end) or control.is_over():
                return found
            pause = min(pause + 0.0005, 0.005)
            control.sleep(0)

    return looking


def _tell(what: str) -> None:
    if control.in_execution() and not _is_part_of_another(what):
        control.outside(what)


def _is_part_of_another(what: str) -> bool:
    """Whether the call comes, on its way from the user's code, through something that tells of itself, or from an import."""
    tellers = {"asyncio", "importlib", "multiprocessing", "subprocess"} - {what.partition(".")[0]}
    frame: FrameType | None = sys._getframe(3)
    while frame is not None and not control.is_users_file(frame.f_code.co_filename):
        if frame.f_globals.get("__name__", "").partition(".")[0] in tellers:
            return True
        frame = frame.f_back
    return False
