"""`python -m raddle.bench`: Raddle's primitives beside the standard library's, in one process and one run."""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
import sys
from collections.abc import Sequence

from raddle.bench import instructions
from raddle.bench.comparison import Comparison, compare
from raddle.bench.rows import ROWS, Row

_EPILOG = """\
Each row is measured with Raddle's primitives and with the standard library's in turn, in small blocks; its ratio is the
middle one of the ratios of neighbouring blocks. Times are nanoseconds of one turn, the loop around it included.
The exit code is 0 when everything was measured, goals met or not; 1 when --instructions counted more than a ceiling allows;
2 when a name or an option is not known, or there is no valgrind; 130 when the user stopped it.
"""

# With the `t` of a free-threaded build.
_VERSION = platform.python_version() + sys.abiflags


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what the command line asks for; return the exit code."""
    parser = argparse.ArgumentParser(
        "python -m raddle.bench",
        description="Measure Raddle's primitives beside the standard library's.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    only = "measure the rows whose names contain NAME; may be repeated"
    parser.add_argument("--only", metavar="NAME", action="append", default=[], help=only)
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("--instructions", action="store_true", help="count instructions under valgrind instead of time")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    options = parser.parse_args(arguments)
    chosen = [row for row in ROWS if not options.only or any(name.lower() in row.name.lower() for name in options.only)]
    if not chosen:
        print(f"error: no row is called {' or '.join(options.only)}; --list prints their names", file=sys.stderr)
        return 2
    if options.list:
        print(*(row.name for row in chosen), sep="\n")
        return 0
    work = _count if options.instructions else _measure
    try:
        return work(chosen, as_json=options.format == "json")
    except KeyboardInterrupt:
        _progress("")
        return 130


def _measure(rows: list[Row], *, as_json: bool) -> int:
    measured = []
    if not as_json:
        print(f"{'ns':37}{'ours':>10}{'peer':>11}{'ratio':>8}{'goal':>7}")
    for number, row in enumerate(rows, 1):
        _progress(f"{row.name} ({number} of {len(rows)})")
        measured.append(compare(row))
        _progress("")
        if not as_json:
            _tell(measured[-1])
    if as_json:
        page = {"format": 1, "python": _VERSION, "rows": [dataclasses.asdict(row) for row in measured]}
        print(json.dumps(page))
    return 0


def _count(rows: list[Row], *, as_json: bool) -> int:
    try:
        counts = [count for count in instructions.count() if any(row.name == count.name for row in rows)]
    except (FileNotFoundError, RuntimeError) as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 2
    if as_json:
        page = {"format": 1, "python": _VERSION, "rows": [dataclasses.asdict(count) for count in counts]}
        print(json.dumps(page))
    else:
        print(f"{'instructions':37}{'ours':>8}{'stdlib':>9}{'ratio':>7}{'ceiling':>9}")
        for count in counts:
            over = "" if count.met else "  over"
            print(f"{count.name:37}{count.ours:8.0f}{count.stdlib:9.0f}{count.ratio:7.3f}{count.ceiling:9.3f}{over}")
    return 0 if all(count.met for count in counts) else 1


def _tell(row: Comparison) -> None:
    for number, peer in enumerate(row.peers):
        name, ns = ("", "") if number else (row.name, f"{row.ns:.1f}")
        missed = "" if peer.met else "  missed"
        print(f"{name:37}{ns:>10}{peer.ns:11.1f}{peer.ratio:8.3f}{peer.goal:7.3f}  {peer.name}{missed}", flush=True)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
