"""The process of the command: taken under control, and others like it."""

from __future__ import annotations

import os
import sys

__all__ = ["fresh", "take_control"]

_SEED = "RADDLE_HASH_SEED"
"""Holds what the user says of hashes, for a process that is started with a seed of ours."""


def take_control() -> None:
    """Make this process one that runs programs under control; it may begin anew for that."""
    _fix_hashes()
    from . import install, signals

    install.install()
    signals.install()


def fresh() -> tuple[list[str], list[tuple[str, str]]]:
    """Return the command that starts this one in a fresh process, and the variables that spare that one a beginning anew."""
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    isolated = [] if package == os.getcwd() else ["-P"]
    return [sys.executable, *isolated, "-m", "raddle"], list(_fixed_hashes().items())


def _fix_hashes() -> None:
    """Start this process again with a fixed seed for the hashes of strings, so that sets are walked alike in all processes."""
    if _SEED in os.environ:
        before = os.environ.pop(_SEED)
        if before:
            os.environ["PYTHONHASHSEED"] = before
        else:
            os.environ.pop("PYTHONHASHSEED", None)
    elif os.environ.get("PYTHONHASHSEED") != "0":
        os.environ.update(_fixed_hashes())
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _fixed_hashes() -> dict[str, str]:
    return {_SEED: os.environ.get("PYTHONHASHSEED", ""), "PYTHONHASHSEED": "0"}
