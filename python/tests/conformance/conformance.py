"""CPython's suites run against Raddle, each in a fresh process, and judged by what is known."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import tomllib
import venv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import calls
from suites import SUITES, Suite

import raddle

__all__ = ["SUITES", "Environment", "Judgement", "Suite"]

HERE = Path(__file__).parent
LIMIT = 300.0
"""Seconds after which a suite hangs; the slowest takes thirty."""
STACKS = signal.SIGRTMIN + 5
"""What `sitecustomize` answers with where the threads stand."""


@dataclass
class Judgement:
    """What came of a suite."""

    suite: str
    missing: str = ""
    """Why there is no such suite here, if there is none."""
    passed: int = 0
    skipped: int = 0
    gaps: int = 0
    """Tests that failed and are known to."""
    failed: dict[str, str] = field(default_factory=dict)
    """The others, with how they failed."""
    calls: Counter[str] = field(default_factory=Counter)
    """How often the suite called each of our types."""
    wrong: list[str] = field(default_factory=list)
    """What is wrong with the run as a whole."""
    seconds: float = 0.0

    @property
    def faults(self) -> str:
        """All that keeps the suite from being passed."""
        return "\n\n".join([*self.wrong, *(f"{test}\n{how}" for test, how in self.failed.items())])


class Environment:
    """A virtual environment in which each process has Raddle in the standard library's place from its first line on."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder / "python", symlinks=True, with_pip=False)
        self.folder = folder
        self.python = folder / "python" / "bin" / "python"
        packages = Path(sysconfig.get_path("purelib", "venv", vars={"base": folder / "python", "platbase": folder / "python"}))
        paths = [HERE / "site", HERE, Path(raddle.__file__).parents[1]]
        (packages / "raddle.pth").write_text("".join(f"{path}\n" for path in paths))

    def judge(self, suite: Suite) -> Judgement:
        """Run a suite and judge what comes of it."""
        started = time.monotonic()
        folder = Path(tempfile.mkdtemp(prefix=suite.name, dir=self.folder))
        said, stacks = self._run(suite, folder)
        judged = Judgement(suite.name, seconds=time.monotonic() - started)
        if stacks:
            judged.wrong.append(f"it hangs:\n{stacks}")
        result = folder / "result.json"
        if not result.exists():
            judged.wrong.append(f"it came to no end: {said}")
            return judged
        told = json.loads(result.read_text())
        judged.missing = told.get("missing", "")
        if not judged.missing:
            judged.calls = calls.total(folder)
            judged.wrong += [f"it never called our {name}" for name in sorted(suite.reaches) if not judged.calls[name]]
            sort(told["outcomes"], judged)
        return judged

    def _run(self, suite: Suite, folder: Path) -> tuple[str, str]:
        """Run a suite; how it ended and what it printed, and where its threads stood if it had to be ended."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
        with (folder / "printed").open("w") as printed:
            process = subprocess.Popen(
                [self.python, HERE / "suites.py", suite.name, folder / "result.json"],
                cwd=folder,
                env=environment | {"RADDLE_CONFORMANCE": str(folder)},
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        stacks = ""
        try:
            process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, STACKS)
            # Each process answers by itself; those that cannot have had a second.
            time.sleep(1)
            answers = sorted(folder.glob("*.stacks"))
            stacks = "\n".join(f"{answer.stem}:\n{answer.read_text()}" for answer in answers if answer.stat().st_size) or "?"
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return f"exit code {process.returncode}\n{(folder / 'printed').read_text(errors='replace')}", stacks


def gaps(suite: str) -> list[dict[str, Any]]:
    """What is known to fail of a suite here."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    listed = tomllib.loads((HERE / "gaps.toml").read_text())["gap"]
    return [gap for gap in listed if gap["suite"] == suite and version in gap.get("versions", [version])]


def sort(outcomes: dict[str, str], judged: Judgement) -> None:
    """Count what passed, and tell what should have from what is known not to."""
    known = gaps(judged.suite)
    tests = {gap["test"] for gap in known}
    for test, how in outcomes.items():
        if how == "passed":
            judged.passed += 1
        elif how == "skipped":
            judged.skipped += 1
        elif test in tests:
            judged.gaps += 1
        else:
            judged.failed[test] = how
    closed = sorted(test for test in tests if outcomes.get(test) == "passed")
    judged.wrong += [f"{test} passes: take it off the list of gaps" for test in closed]
    lost = [gap["test"] for gap in known if gap["test"] not in outcomes and not gap.get("recent", False)]
    judged.wrong += [f"{test} is a gap, but no test" for test in lost]
    if judged.passed == 0:
        judged.wrong.append("no test passed")
