"""Concurrency primitives, and the checker that proves programs built on them.

``from raddle import threading, queue`` and ``from raddle.concurrent import futures`` are the standard library's modules
with Raddle's primitives in them; :func:`install` puts them in place for a whole process; :func:`check` explores the
interleavings of a function and fails if one shows a bug, :func:`explore` returns what it came to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from raddle._install import install
from raddle._raddle import __version__

if TYPE_CHECKING:
    from raddle._check import check, explore

__all__ = ["__version__", "check", "explore", "install"]


def __getattr__(name: str) -> object:
    """Import the checker only for those who use it."""
    if name in ("check", "explore"):
        from raddle import _check

        return getattr(_check, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name the checker to those who look for it, too."""
    return sorted({*globals(), *__all__})
