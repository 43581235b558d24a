"""The conformance table of this interpreter: a line for each of CPython's suites."""

from __future__ import annotations

import platform
import sys
import tempfile
from pathlib import Path

from conformance import SUITES, Environment, Judgement


def line(judged: Judgement) -> str:
    if judged.missing:
        return f"{judged.suite:<42} this installation of Python does not have it"
    counts = f"{judged.passed:>6} {len(judged.failed):>6} {judged.gaps:>6} {judged.skipped:>7} {judged.calls.total():>10}"
    return f"{judged.suite:<42} {counts} {judged.seconds:>7.1f} s"


def main(names: list[str]) -> int:
    """Run the named suites, or all; how many are not passed."""
    print(f"{'Python ' + platform.python_version():<42} passed failed   gaps skipped      calls")
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        environment = Environment(Path(folder))
        for suite in SUITES:
            if not names or suite.name in names:
                judged = environment.judge(suite)
                print(line(judged), flush=True)
                if judged.faults:
                    faults.append(f"{suite.name}: {judged.faults}")
    print("\n\n".join(["", *faults]) if faults else "", end="")
    return min(len(faults), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
