"""Taking control of a process: the interpreter's threads, locks and clocks become the engine's.

Names are replaced in the real modules, in place, so that it does not matter who has imported them already;
what was bound by name before (`from _thread import RLock`) is bound anew by identity, in one pass over all modules.
Outside of executions all of it still does what the interpreter's own would.
"""

from __future__ import annotations

import _thread
import builtins
import gc
import sys
import time
from collections.abc import Iterable
from types import AsyncGeneratorType, BuiltinFunctionType, CoroutineType, GeneratorType, ModuleType
from typing import Any

from raddle import _install, _raddle
from raddle._raddle import control

__all__ = ["install", "native_locks"]

_CLOCKS = ("monotonic", "perf_counter", "process_time", "thread_time", "time")
_TIME: dict[str, Any] = {
    "sleep": control.sleep,
    **{name: getattr(control, name) for clock in _CLOCKS for name in (clock, f"{clock}_ns")},
}
_THREAD: dict[str, Any] = {
    "allocate": _raddle.allocate_lock,
    "allocate_lock": _raddle.allocate_lock,
    "lock": _raddle.lock,
    "LockType": _raddle.lock,
    "RLock": _raddle.RLock,
    "_local": control._local,
    "start_new": control.start_new_thread,
    "start_new_thread": control.start_new_thread,
    "start_joinable_thread": control.start_joinable_thread,
    "_ThreadHandle": control._ThreadHandle,
    "_make_thread_handle": control.make_thread_handle,
    "_set_sentinel": control.set_sentinel,
    "_shutdown": control.shutdown,
    "_get_main_thread_ident": control.get_main_thread_ident,
    "get_ident": control.get_ident,
    "get_native_id": control.get_native_id,
    "_count": control.thread_count,
    "set_name": control.set_name,
}
_installed = False
native_locks: set[type] = set()
"""The interpreter's own kinds of locks, written in C."""


def install() -> None:
    """Take control of this process; once is enough."""
    global _installed
    if _installed:
        return
    _installed = True
    natives = _take(_thread, _THREAD) | _take(time, _TIME)
    control.keep_natives(natives)
    native_locks.update((type(natives["allocate_lock"]()), natives["RLock"]))
    _rebind(natives, _THREAD | _TIME, except_for=(_thread, time))
    _install_classes()
    from . import containers, library, outcomes, outside, silent, threads

    silencer = silent.Silencer(natives)
    threads.adopt(silencer)
    outside.install(silencer, natives)
    control.keep_classes(containers.SEQUENCES, containers.STREAMS, containers.FILES, containers.WRAPPERS)
    control.keep_known(set(containers.KNOWN))
    control.keep_opaque(set(containers.OPAQUE), set(containers.LOOKS))
    generators = [GeneratorType, CoroutineType, AsyncGeneratorType]
    control.keep_iterators(containers.ITERATORS, containers.OTHER_ITERATORS, generators, gc.get_referents)
    control.keep_functions(containers.FUNCTIONS)
    library.keep_given()
    library.watch_weak_containers()
    control.keep_outcome(outcomes.outcome)
    control.install_hooks(builtins)


def _take(module: ModuleType, replacements: dict[str, Any]) -> dict[str, Any]:
    """Put the replacements in place, where this interpreter has the names; return what stood there."""
    installed = _install.natives.get(module.__name__, {})
    natives = {name: installed.get(name, vars(module)[name]) for name in replacements if name in vars(module)}
    for name in natives:
        replacement = replacements[name]
        if isinstance(replacement, BuiltinFunctionType):
            replacement.__module__ = module.__name__
        setattr(module, name, replacement)
    return natives


def _rebind(old: dict[str, Any], new: dict[str, Any], except_for: Iterable[ModuleType] = ()) -> None:
    """Let every module's variables that hold something old hold the new thing of the same name instead."""
    replacements = {id(value): new[name] for name, value in old.items()}
    skipped = {id(module) for module in (*except_for, sys.modules[__name__])}
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and id(module) not in skipped:
            for name, value in list(vars(module).items()):
                if id(value) in replacements:
                    setattr(module, name, replacements[id(value)])


def _install_classes() -> None:
    """Put Raddle's classes in the place of the standard library's."""
    import concurrent.futures.thread
    import queue
    import threading

    modules = {name: sys.modules[name] for name in _install.NAMES}
    del concurrent, queue, threading
    old = {f"{module}.{name}": getattr(modules[module], name) for module, names in _install.NAMES.items() for name in names}
    _install.install()
    old["_queue.SimpleQueue"] = _install.natives["_queue"]["SimpleQueue"]
    new = {key: getattr(sys.modules[key.rpartition(".")[0]], key.rpartition(".")[2]) for key in old}
    ours = [module for name, module in sys.modules.items() if name.partition(".")[0] == "raddle"]
    _rebind(old, new, except_for=ours)
