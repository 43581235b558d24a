"""The state that every execution starts from.

What an execution can change in the interpreter and the standard library is put back before the next one begins: by hand, a line
for each thing, because a general snapshot costs more than an execution. The user's own modules are loaded afresh.
What other packages keep between executions is theirs: a program that depends on it is told to be not deterministic.
"""

from __future__ import annotations

import builtins
import functools
import gc
import os
import sys
import threading
import warnings
from collections.abc import Callable
from itertools import count
from types import ModuleType
from typing import Any

from raddle._raddle import control

from . import signals, threads
from .given import is_users_function

_COLLECT_AFTER = 50_000
"""Objects made since the last collection after which there is another, between executions."""
_COLLECT_EVERY = 100
"""Executions after which there is another."""


class _Logging:
    """Loggers and handlers, as they are when `logging` has just been imported."""

    def save(self, logging: Any) -> Any:
        return (
            logging.root.level,
            logging.getLoggerClass(),
            logging.getLogRecordFactory(),
            dict(logging._levelToName),
            dict(logging._nameToLevel),
            logging.lastResort,
            logging.raiseExceptions,
        )

    def restore(self, logging: Any, saved: Any) -> None:
        root = logging.root
        manager = root.manager
        if not (manager.loggerDict or root.handlers or root.filters or logging._handlers or root.level != saved[0]):
            return
        root.handlers.clear()
        root.filters.clear()
        root.disabled = False
        root.propagate = True
        root.setLevel(saved[0])
        manager.loggerDict.clear()
        manager.disable = 0
        manager._clear_cache()
        logging._handlers.clear()
        logging._handlerList.clear()
        logging._handlerList.append(logging.weakref.ref(saved[5], logging._removeHandlerRef))
        logging.setLoggerClass(saved[1])
        logging.setLogRecordFactory(saved[2])
        for names, before in ((logging._levelToName, saved[3]), (logging._nameToLevel, saved[4])):
            if names != before:
                names.clear()
                names.update(before)
        logging.lastResort, logging.raiseExceptions = saved[5:]


class _Random:
    """The generator that all share, and those that a program makes without a seed."""

    def __init__(self) -> None:
        self._unseeded = count(1)

    def save(self, module: Any) -> None:
        seed = module.Random.seed

        @functools.wraps(seed)
        def seed_alike(generator: Any, a: Any = None, version: int = 2) -> None:
            if a is None and control.in_execution():
                a = next(self._unseeded)
            seed(generator, a, version)

        module.Random.seed = seed_alike
        module.seed = module._inst.seed
        self.restore(module, None)

    def restore(self, module: Any, saved: None) -> None:
        self._unseeded = count(1)
        module.seed(0)


class _NumpyRandom:
    """NumPy's."""

    def save(self, module: Any) -> None:
        module.seed(0)

    def restore(self, module: Any, saved: None) -> None:
        module.seed(0)


_POOLS = "concurrent.futures.thread"


class _Pools:
    """The numbers in the names of pools, and whether the interpreter exits."""

    def save(self, module: Any) -> None:
        pass

    def restore(self, module: Any, saved: None) -> None:
        module._shutdown = False
        module._threads_queues.clear()
        module.ThreadPoolExecutor._counter = count().__next__


def _keep_pools() -> Callable[[], None]:
    """Set the process's own pools aside, whose workers its exit has to wake; return what brings them back."""
    queues = getattr(sys.modules.get(_POOLS), "_threads_queues", None)
    if queues is not None:
        vars(sys.modules[_POOLS])["_threads_queues"] = type(queues)()

    def bring_back() -> None:
        if (pools := sys.modules.get(_POOLS)) is not None:
            # The last execution's end was the end of an interpreter; the process's own is still to come.
            vars(pools)["_shutdown"] = False
            if queues is not None:
                vars(pools)["_threads_queues"] = queues

    return bring_back


class _Temporary:
    """Names of temporary files: the same in each execution, so that those of what earlier ones have left are tried again."""

    def save(self, module: Any) -> None:
        module.TMP_MAX = max(module.TMP_MAX, 100_000)

    def restore(self, module: Any, saved: None) -> None:
        pass


class _Exits:
    """`atexit` in an execution: what the program registers runs at its end."""

    def __init__(self) -> None:
        self._functions: list[tuple[Callable[..., object], Any, Any]] = []

    def save(self, module: Any) -> None:
        self._native = (module.register, module.unregister)
        module.register, module.unregister = self.register, self.unregister

    def restore(self, module: Any, saved: None) -> None:
        self.clear()

    def clear(self) -> None:
        self._functions.clear()

    def register(self, function: Callable[..., object], /, *args: Any, **kwargs: Any) -> Callable[..., object]:
        # The nearest frame is that of what announces this; a thread may have been started for that alone.
        caller = sys._getframe(1).f_back
        by_program = caller is None or control.is_users_file(caller.f_code.co_filename) or is_users_function(function)
        # Methods of what is built in have no module: `order.append`.
        by_program |= getattr(function, "__module__", None) in (None, "builtins")
        if control.in_execution() and function == _FINALIZERS.finalize:
            self._functions.append((_FINALIZERS.run, (), {}))
        elif control.in_execution() and by_program:
            self._functions.append((function, args, kwargs))
        else:
            # What a library registers when it is first imported holds for the process.
            self._native[0](function, *args, **kwargs)
        return function

    def unregister(self, function: Callable[..., object], /) -> None:
        self._functions = [entry for entry in self._functions if entry[0] != function]
        self._native[1](function)

    def run(self) -> None:
        while self._functions:
            _call_last(*self._functions.pop())


class _Finalizers:
    """`weakref.finalize` in an execution: what the execution leaves alive is finalized at its end."""

    finalize: Callable[[], None]
    """What does so at the end of the process."""

    def save(self, weakref: Any) -> None:
        self._class = weakref.finalize
        self.finalize = self._class._exitfunc

    def restore(self, weakref: Any, saved: None) -> None:
        self._processes = set(self._class._registry)
        self._is_registered = self._class._registered_with_atexit
        # The first that the execution makes registers all of them.
        self._class._registered_with_atexit = False

    def clear(self) -> None:
        for finalizer in self._class._registry.keys() - self._processes:
            finalizer.detach()
        self._class._registered_with_atexit = self._is_registered

    def run(self) -> None:
        while own := [finalizer for finalizer in self._class._select_for_exit() if finalizer not in self._processes]:
            _call_last(own[-1], (), {})


def _call_last(function: Callable[..., object], args: Any, kwargs: Any) -> None:
    """Call what the end of the program calls, which goes on whatever that raises."""
    try:
        function(*args, **kwargs)
    except SystemExit:
        pass
    except BaseException as e:
        if control.uncaught(e):
            sys.excepthook(type(e), e, getattr(e.__traceback__, "tb_next", None))


_FINALIZERS = _Finalizers()

STATES: dict[str, Any] = {
    _POOLS: _Pools(),
    "atexit": _Exits(),
    "logging": _Logging(),
    "numpy.random": _NumpyRandom(),
    "random": _Random(),
    "tempfile": _Temporary(),
    "weakref": _FINALIZERS,
}
"""What is put back, by the module that keeps it."""
_saved: list[tuple[Any, ModuleType, Any]] = []


def loaded(module: ModuleType) -> None:
    """Take note of a module that has just been imported, if it keeps something."""
    state = STATES.get(module.__name__)
    if state is not None:
        _saved.append((state, module, state.save(module)))


_IMMORTAL = 2**32 - 1
"""The count of references to an object that is never freed."""


def _let_go(module: ModuleType) -> None:
    """Free what is in a module that nobody imports any more, where the interpreter would not.

    The free-threaded build of CPython 3.13 never frees a module once a second thread has been started.
    """
    if sys.getrefcount(module) == _IMMORTAL:
        hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
        try:
            # A destructor that looks for what is gone already has nobody to tell.
            vars(module).clear()
        finally:
            sys.unraisablehook = hook


def _forget_warnings() -> None:
    """Throw away what has been decided by filters that are no longer there."""
    module: Any = warnings
    if hasattr(module, "_filters_mutated"):
        module._filters_mutated()
    else:
        # From CPython 3.14 on.
        with module._lock:
            module._filters_mutated_lock_held()


class State:
    """The state that executions start from, taken once before the first."""

    def __init__(self, user_modules: Callable[[], list[str]]) -> None:
        self._user_modules = user_modules
        self._executions = 0
        self.exits: _Exits = STATES["atexit"]
        self._host_main = sys.modules["__main__"]
        self._path = list(sys.path)
        self._meta_path = list(sys.meta_path)
        self._path_hooks = list(sys.path_hooks)
        self._directory = os.getcwd()
        self._environment: dict[Any, Any] = dict(os.environ._data)  # type: ignore[attr-defined]
        self._filters = list(warnings.filters)
        self._show_warning = (warnings.showwarning, warnings.formatwarning)
        self._host_hooks = (sys.excepthook, sys.displayhook, sys.unraisablehook, sys.breakpointhook)
        # A test runner has put its own in their place; what fails in an execution is not its business.
        self._hooks = (sys.__excepthook__, sys.__displayhook__, sys.__unraisablehook__, sys.__breakpointhook__)
        self._limits = (sys.getrecursionlimit(), sys.getswitchinterval())
        self._builtins = dict(vars(builtins))
        self._threading = _Threading()
        self._collecting = gc.isenabled()
        self._umask = os.umask(0)
        os.umask(self._umask)

    def install(self) -> None:
        """Begin a series of executions."""
        self._bring_back_pools = _keep_pools()
        gc.collect()
        gc.freeze()
        gc.disable()

    def begin(self, argv: list[str]) -> None:
        """Put everything back, for the next execution."""
        sys.argv = argv
        sys.path[:] = self._path
        self._forget_modules()
        self._threading.begin()
        signals.restore()
        for state, module, saved in _saved:
            state.restore(module, saved)
        if os.environ._data != self._environment:  # type: ignore[attr-defined]
            self._restore_environment()
        if warnings.filters != self._filters:
            warnings.filters[:] = self._filters  # type: ignore[index]
            _forget_warnings()
        warnings.showwarning, warnings.formatwarning = self._show_warning
        sys.excepthook, sys.displayhook, sys.unraisablehook, sys.breakpointhook = self._hooks
        if len(vars(builtins)) != len(self._builtins):
            for name in [name for name in vars(builtins) if name not in self._builtins]:
                delattr(builtins, name)
        self._restore_process()

    def enter(self) -> None:
        """Prepare what only the running main task can."""
        self._threading.enter()

    def end(self) -> None:
        """Take away what the execution has left behind."""
        self._undo_patches()
        program = sys.modules["__main__"]
        sys.modules["__main__"] = self._host_main
        if program is not self._host_main:
            _let_go(program)
        self._threading.end()
        self.exits.clear()
        _FINALIZERS.clear()
        self._executions += 1
        if self._executions % _COLLECT_EVERY == 0 or gc.get_count()[0] > _COLLECT_AFTER:
            self._forget_modules()
            gc.collect()
            if self._executions == _COLLECT_EVERY:
                # What the program's first executions imported stays.
                gc.freeze()

    def restore(self) -> None:
        """End the series."""
        sys.excepthook, sys.displayhook, sys.unraisablehook, sys.breakpointhook = self._host_hooks
        self._threading.restore()
        self._forget_modules()
        signals.restore()
        # The processes that replay what was found inherit it.
        self._restore_environment()
        self._restore_process()
        self._bring_back_pools()
        # What destructors print is nobody's business, as long as the streams are not the process's own.
        gc.collect()
        gc.unfreeze()
        if self._collecting:
            gc.enable()

    def _undo_patches(self) -> None:
        """Give modules and classes that are not the user's own, which are loaded afresh, the attributes that they had."""
        patches = control.take_patches()
        own = {"__main__", *self._user_modules()} if patches else ()
        for owner, name, before in patches:
            is_class = isinstance(owner, type)
            if (owner.__module__ if is_class else owner.__name__) in own:
                continue
            # Neither a metaclass nor a module's class has a say in this.
            plain = type if is_class else ModuleType
            if before:
                plain.__setattr__(owner, name, before[0])
            elif name in vars(owner):
                plain.__delattr__(owner, name)

    def _forget_modules(self) -> None:
        for name in self._user_modules():
            if (module := sys.modules.pop(name, None)) is not None:
                _let_go(module)

    def _restore_environment(self) -> None:
        for name in [name for name in os.environb if name not in self._environment]:
            del os.environb[name]
        os.environb.update(self._environment)

    def _restore_process(self) -> None:
        os.umask(self._umask)
        if os.getcwd() != self._directory:
            os.chdir(self._directory)
        if sys.meta_path != self._meta_path:
            sys.meta_path[:] = self._meta_path
        if sys.path_hooks != self._path_hooks:
            sys.path_hooks[:] = self._path_hooks
        if sys.getrecursionlimit() != self._limits[0]:
            sys.setrecursionlimit(self._limits[0])
        if sys.getswitchinterval() != self._limits[1]:
            sys.setswitchinterval(self._limits[1])


class _Threading:
    """What `threading` and the pools remember."""

    def __init__(self) -> None:
        module: Any = threading
        self._module = module
        self._host = (module._main_thread, dict(module._active))
        self._host_excepthook = module.excepthook
        self._atexits = list(module._threading_atexits)
        self._main = _main_thread()
        self._main_state = dict(vars(self._main))

    def begin(self) -> None:
        module, main = self._module, self._main
        threads.restart_ordinals()
        vars(main).clear()
        vars(main).update(self._main_state)
        module._main_thread = main
        module._active.clear()
        module._active[1] = main
        module._limbo.clear()
        module._dangling.data.clear()
        module._dangling.add(main)
        module._counter = count(1).__next__
        module._SHUTTING_DOWN = False
        module.excepthook = module.__excepthook__
        module._threading_atexits[:] = self._atexits
        module._profile_hook = module._trace_hook = None
        if hasattr(module, "_shutdown_locks"):
            module._shutdown_locks.clear()

    def restore(self) -> None:
        self._module.excepthook = self._host_excepthook

    def enter(self) -> None:
        handle = control.make_thread_handle(1)
        if hasattr(self._main, "_tstate_lock"):
            self._main._tstate_lock = handle
        else:
            self._main._handle = handle

    def end(self) -> None:
        module = self._module
        module._main_thread = self._host[0]
        module._active.clear()
        module._active.update(self._host[1])
        module._SHUTTING_DOWN = False


def _main_thread() -> Any:
    """Return a main thread for executions: like the process's own, but with a task's number."""
    main = threading.Thread.__new__(type(threading.main_thread()))
    vars(main).update(vars(threading.main_thread()))
    vars(main).update(_name="MainThread", _ident=1, _native_id=1, _raddle_ordinal=0)
    return main
