"""The calls that reach Raddle's types, counted in every process of a run."""

from __future__ import annotations

import atexit
import itertools
import os
import types
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


def begin() -> Path | None:
    """Count from here on, and write down at the exit what was counted: into the folder that is returned, if one is asked for."""
    asked = os.environ.get("RADDLE_CONFORMANCE")
    if asked is None:
        return None
    from raddle import _raddle

    for name in dir(_raddle):
        if isinstance(value := getattr(_raddle, name), type) and not issubclass(value, BaseException):
            _count(value)
    folder = Path(asked)
    atexit.register(_report, folder)
    os.register_at_fork(after_in_child=_restart)
    return folder


def _count(cls: type) -> None:
    """Count the calls of the methods of a class."""
    CALLS[cls] = itertools.count()
    for name, value in list(vars(cls).items()):
        if type(value) is types.MethodDescriptorType:
            setattr(cls, name, Counted(value))


def _report(folder: Path) -> None:
    """Write down how often each class was called in this process."""
    lines = [f"{cls.__name__} {next(calls)}\n" for cls, calls in CALLS.items()]
    (folder / f"{os.getpid()}.calls").write_text("".join(lines))


def _restart() -> None:
    """Forget the calls that were made by the process which this one is a copy of."""
    for cls in CALLS:
        CALLS[cls] = itertools.count()


def total(folder: Path) -> Counter[str]:
    """How often each of our types was called, in all processes that wrote into a folder."""
    total: Counter[str] = Counter()
    for report in folder.glob("*.calls"):
        total.update({name: int(count) for name, count in (line.split() for line in report.read_text().splitlines())})
    return total
