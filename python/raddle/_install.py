"""Raddle's primitives in the place of the standard library's, for a whole process."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from raddle import _raddle

# Where else the standard library keeps its classes, and by which names: where they come from, and for its own use.
_SOURCES: dict[str, dict[str, tuple[str, ...]]] = {
    "_thread": {"allocate_lock": ("allocate_lock", "allocate"), "lock": ("lock", "LockType"), "RLock": ("RLock",)},
    "_queue": {"SimpleQueue": ("SimpleQueue",)},
    "threading": {"allocate_lock": ("_allocate_lock",), "lock": ("_LockType",), "RLock": ("_RLock", "_PyRLock", "_CRLock")},
}
natives: dict[str, dict[str, object]] = {}
"""What stood in those places, by module, before `install`."""
NAMES = {
    "threading": ("Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore", "Event", "Barrier"),
    "queue": ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"),
    "concurrent.futures.thread": ("ThreadPoolExecutor",),
    "concurrent.futures._base": ("Future", "wait", "as_completed"),
    "concurrent.futures": ("Future", "ThreadPoolExecutor", "wait", "as_completed"),
}

# Where our classes are found while they are not in the standard library's place: `pickle` looks them up by name.
_HOMES = {
    "raddle.threading": ("RLock", "Condition", "Semaphore", "BoundedSemaphore", "Event", "Barrier"),
    "raddle.queue": ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue", "ShutDown"),
    "raddle.concurrent.futures": ("Future",),
    "raddle._raddle": ("lock", "allocate_lock"),
}
_places: dict[str, str] = {}
"""The modules of the standard library in whose names our classes are made."""


def _stay_home() -> None:
    for home, names in _HOMES.items():
        for name in names:
            ours: Any = getattr(_raddle, name)
            _places[name] = ours.__module__
            ours.__module__ = home


_stay_home()


def install() -> None:
    """Put Raddle's primitives in the place of the standard library's, for this process.

    Every module that looks a name up in `threading`, `queue` or `concurrent.futures` from then on finds Raddle's; a
    name that was imported before (``from threading import Lock``) stays what it was. Objects of both kinds work
    together.
    Calling it again does nothing.
    """
    for module, names in NAMES.items():
        from_us = import_module(f"raddle.{module.removesuffix('._base')}")
        theirs = import_module(module)
        for name in names:
            setattr(theirs, name, getattr(from_us, name))
    for name, module in _places.items():
        getattr(_raddle, name).__module__ = module
    for module, sources in _SOURCES.items():
        theirs = import_module(module)
        for ours, places in sources.items():
            # Not every version has all of them.
            for name in filter(vars(theirs).__contains__, places):
                natives.setdefault(module, {}).setdefault(name, getattr(theirs, name))
                setattr(theirs, name, getattr(_raddle, ours))
    queue = import_module("queue")
    if not hasattr(queue, "ShutDown"):
        queue.ShutDown = import_module("raddle.queue").ShutDown  # type: ignore[attr-defined]
