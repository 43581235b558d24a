"""How many instructions one turn of a row takes, counted by valgrind: repeatable, unlike time."""

from __future__ import annotations

import gc
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory

from raddle.bench.comparison import ours, theirs
from raddle.bench.goals import SLACK, STDLIB
from raddle.bench.rounds import Block, fresh
from raddle.bench.rows import ROWS, Row

_TURNS = 300
# What the counted process calls before and after each block; valgrind writes what it has counted so far, and begins anew.
_MARK = "getppid"


# What is not where it should be, and must not become worse. An entry goes as soon as it can.
_LATER = {
    "BoundedSemaphore with": 0.142,
    "PriorityQueue put+get": 0.145,
    "SimpleQueue()": 1.25,
}


@dataclass(frozen=True)
class Count:
    """Instructions of one turn, without the loop around it."""

    name: str
    ours: float
    stdlib: float
    ratio: float
    ceiling: float
    """What the ratio must not exceed."""
    met: bool


def countable() -> list[Row]:
    """Return the rows that one thread runs."""
    return [row for row in ROWS if not row.threads]


def count() -> list[Count]:
    """Count every row that can be.

    Raises:
        FileNotFoundError: If there is no valgrind.
        RuntimeError: If it does not do its work.

    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        raise FileNotFoundError("valgrind is not installed")
    with TemporaryDirectory() as folder:
        out = Path(folder, "counts")
        tool = [valgrind, "--tool=callgrind", f"--dump-before={_MARK}", f"--callgrind-out-file={out}"]
        done = subprocess.run(
            [*tool, sys.executable, "-m", "raddle.bench.instructions"],
            env={**os.environ, "PYTHONHASHSEED": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        # Between a block's two marks is every second dump.
        marks = 2 * (1 + 2 * len(countable()))
        totals = [_total(Path(f"{out}.{number}")) / _TURNS for number in range(2, marks + 1, 2)]
    empty, *rest = totals
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return [_judged(row, us - empty, them - empty) for row, (us, them) in zip(countable(), pairs, strict=True)]


def _judged(row: Row, us: float, them: float) -> Count:
    ceiling = _LATER.get(row.name, row.goal[STDLIB] * SLACK)
    return Count(row.name, us, them, us / them, ceiling, us / them <= ceiling)


def _total(dump: Path) -> int:
    found = re.search(r"^totals: (\d+)", dump.read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"{dump.name} has no total")
    return int(found[1])


def _empty(times: int) -> None:
    for _ in repeat(None, times):
        pass


def _run() -> None:
    gc.disable()
    _between_marks(_empty)
    for row in countable():
        for kit in ours(), theirs():
            _between_marks(fresh(row.make)(kit))


def _between_marks(block: Block) -> None:
    # The interpreter has adapted its code by then, and free lists are filled.
    block(_TURNS)
    os.getppid()
    block(_TURNS)
    os.getppid()


if __name__ == "__main__":
    _run()
