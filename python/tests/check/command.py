"""The command as the tests of whole programs call it, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-P", "-m", "raddle"]

_CODES = {"clean": 0, "clean-so-far": 0, "finding": 1, "failed": 3, "inconclusive": 4}


def raddle(directory: Path, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command in `directory`; whoever takes five minutes hangs."""
    return subprocess.run(
        [*COMMAND, *words],
        cwd=directory,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        **options,
    )


def write(directory: Path, text: str, name: str = "program.py") -> None:
    """Write a program, which may stand indented in its test."""
    (directory / name).write_text(textwrap.dedent(text), encoding="utf-8")


def check(
    directory: Path,
    text: str,
    *words: str,
    executions: int | None = None,
    args: tuple[str, ...] = (),
    modules: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Check a program, beside its modules, and return the answer; the exit code has to fit it."""
    for name, source in {"program": text, **(modules or {})}.items():
        write(directory, source, f"{name}.py")
    limit = [] if executions is None else ["--executions", str(executions)]
    done = raddle(directory, "check", "--format", "json", *limit, *words, "program.py", *args)
    assert done.stdout, f"exit code {done.returncode}: {done.stderr}"
    answer: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == _CODES[answer["verdict"]]
    return answer
