"""Raddle's primitives in the place of the standard library's, for a whole process."""

from __future__ import annotations

from importlib import import_module

# What `threading` calls its own locks inside, and what ours are called.
_INNER = {"_allocate_lock": "_allocate_lock", "_RLock": "RLock", "_PyRLock": "RLock", "_CRLock": "RLock"}
NAMES = {
    "threading": ("Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore", "Event", "Barrier"),
    "queue": ("Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"),
    "concurrent.futures.thread": ("ThreadPoolExecutor",),
    "concurrent.futures._base": ("Future", "wait", "as_completed"),
    "concurrent.futures": ("Future", "ThreadPoolExecutor", "wait", "as_completed"),
}


def install() -> None:
    """Put Raddle's primitives in the place of the standard library's, for this process.

    Every module that looks a name up in `threading`, `queue` or `concurrent.futures` from then on finds Raddle's; a
    name that was imported before (``from threading import Lock``) stays what it was. Objects of both kinds work
    together.
    Calling it again does nothing.
    """
    for module, names in NAMES.items():
        ours = import_module(f"raddle.{module.removesuffix('._base')}")
        theirs = import_module(module)
        for name in names:
            setattr(theirs, name, getattr(ours, name))
    threading, ours = import_module("threading"), import_module("raddle.threading")
    for name, our_name in _INNER.items():
        setattr(threading, name, getattr(ours, our_name))
    queue, ours = import_module("queue"), import_module("raddle.queue")
    if not hasattr(queue, "ShutDown"):
        queue.ShutDown = ours.ShutDown  # type: ignore[attr-defined]
