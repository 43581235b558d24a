"""Raddle in every process of a suite: in the standard library's place from the first line on, its calls counted.

The interpreter imports this as it starts, in the environment that `conformance.Environment` makes: in the suite's process and in
all that the suite starts, isolated ones too.
"""

from __future__ import annotations

import faulthandler
import os
import signal
from pathlib import Path

import calls

STACKS = signal.SIGRTMIN + 5
"""Asks a process where its threads stand."""


def begin() -> None:
    try:
        import raddle
    except ImportError:
        # A second interpreter in a process, which no extension module of ours can be imported into.
        return
    raddle.install()
    folder = calls.begin()
    if folder is None:
        return
    stacks = os.open(Path(folder, f"{os.getpid()}.stacks"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    faulthandler.register(STACKS, file=stacks, all_threads=True)


begin()
