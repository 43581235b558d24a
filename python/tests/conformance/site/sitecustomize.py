"""Raddle in every process of a suite: in the standard library's place from the first line on, its calls counted.

The interpreter imports this as it starts, in the environment that `conformance.Environment` makes: in the suite's process and in
all that the suite starts, isolated ones too.
"""

from __future__ import annotations

import atexit
import faulthandler
import itertools
import os
import signal
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

STACKS = signal.SIGRTMIN + 5
"""Asks a process where its threads stand."""


CALLS: dict[type, Iterator[int]] = {}
"""For each of our classes a counter of the calls of its objects' methods."""


class Counted:
    """A method that counts how often it is looked up on an object, which is once for each call.

    What it hands out is the method itself, so whoever calls, inspects or compares it sees no difference.
    """

    def __init__(self, method: Any) -> None:
        self.method = method

    def __get__(self, instance: object, owner: type | None = None) -> object:
        if instance is not None:
            # The first one is the object's own class, or what it is derived from.
            next(CALLS[next(cls for cls in type(instance).__mro__ if cls in CALLS)])
        return self.method.__get__(instance, owner)


def count(cls: type) -> None:
    """Count the calls of the methods of a class."""
    CALLS[cls] = itertools.count()
    for name, value in list(vars(cls).items()):
        if type(value) is types.MethodDescriptorType:
            setattr(cls, name, Counted(value))


def report(folder: Path) -> None:
    """Write down how often each class was called in this process."""
    lines = [f"{cls.__name__} {next(calls)}\n" for cls, calls in CALLS.items()]
    (folder / f"{os.getpid()}.calls").write_text("".join(lines))


def restart() -> None:
    """Forget the calls that were made by the process which this one is a copy of."""
    for cls in CALLS:
        CALLS[cls] = itertools.count()


def begin() -> None:
    try:
        import raddle
    except ImportError:
        # A second interpreter in a process, which no extension module of ours can be imported into.
        return
    raddle.install()
    folder = os.environ.get("RADDLE_CONFORMANCE")
    if folder is None:
        return
    from raddle import _raddle

    for name in dir(_raddle):
        if isinstance(value := getattr(_raddle, name), type) and not issubclass(value, BaseException):
            count(value)
    atexit.register(report, Path(folder))
    os.register_at_fork(after_in_child=restart)
    stacks = os.open(Path(folder, f"{os.getpid()}.stacks"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    faulthandler.register(STACKS, file=stacks, all_threads=True)


begin()
