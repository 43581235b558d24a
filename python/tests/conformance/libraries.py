"""Libraries that no one here wrote: their own tests, unchanged, under Python and under `raddle run`.

They are installed by name and version, each into an environment of its own; their tests come from their source distributions.
"""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
import tomllib
import venv
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import calls

import raddle

HERE = Path(__file__).resolve().parent
LIMIT = 900.0
"""Seconds after which a library's tests hang; the slowest take one minute."""


class Unavailable(Exception):
    """A library cannot be had here."""


@dataclass(frozen=True)
class Library:
    """A library, and how it is tested."""

    name: str
    version: str
    requires: list[str]
    tests: list[str]
    """What pytest is told to run."""
    reaches: list[str]
    """Our types that the tests must call."""
    left_out: list[dict[str, str]] = field(default_factory=list)
    """Tests that are not run, as pytest's -k names them, each with the reason."""


@dataclass
class Run:
    """What came of a library's tests."""

    outcomes: dict[str, str]
    """How each test ended: `passed`, `skipped`, or how it failed."""
    calls: Counter[str]
    seconds: float

    @property
    def passed(self) -> int:
        return sum(how == "passed" for how in self.outcomes.values())

    @property
    def failed(self) -> dict[str, str]:
        return {test: how for test, how in self.outcomes.items() if how not in ("passed", "skipped")}


class Place:
    """Where a library is installed and tested."""

    def __init__(self, library: Library, folder: Path) -> None:
        self.library = library
        self.folder = folder
        self.python = folder / "python" / "bin" / "python"
        venv.create(folder / "python", symlinks=True, with_pip=False)
        pinned = f"{library.name}=={library.version}"
        pip("--python", str(self.python), "install", pinned, *library.requires)
        pip("download", "--no-deps", "--no-binary", library.name, "--dest", str(folder), pinned)
        (archive,) = folder.glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(folder / "source", filter="data")
        (self.source,) = (folder / "source").iterdir()
        packages = Path(sysconfig.get_path("purelib", "venv", vars={"base": folder / "python", "platbase": folder / "python"}))
        # Nothing else that is installed beside us may be seen there.
        (folder / "raddle").mkdir()
        (folder / "raddle" / "raddle").symlink_to(Path(raddle.__file__).parent)
        lines = [str(HERE), str(folder / "raddle"), "import calls; calls.begin()"]
        (packages / "raddle.pth").write_text("".join(f"{line}\n" for line in lines))

    def run(self, *before: str) -> Run:
        """Run the library's tests; `before` is what stands between Python and pytest."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
        if before:
            environment["RADDLE_CONFORMANCE"] = str(folder)
        chosen = " and ".join(f"not ({left['test']})" for left in self.library.left_out)
        # A test that takes so long hangs; where its threads stand is then in what it printed.
        options = ["-p", "no:cacheprovider", "-o", "faulthandler_timeout=300", f"--junitxml={folder / 'result.xml'}"]
        started = time.monotonic()
        with (folder / "printed").open("w") as printed:
            process = subprocess.Popen(
                [self.python, *before, "-m", "pytest", *options, "-k", chosen, *self.library.tests],
                cwd=self.source,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        seconds = time.monotonic() - started
        outcomes = read(folder / "result.xml")
        if process.returncode not in (0, 1) or not outcomes:
            printed_last = (folder / "printed").read_text(errors="replace")[-5000:]
            outcomes["the run"] = f"ended with {process.returncode} after {seconds:.0f} s:\n{printed_last}"
        return Run(outcomes, calls.total(folder), seconds)


def pip(*words: str) -> None:
    """Have pip do something, or raise `Unavailable` with what it says last."""
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable((done.stderr.strip().splitlines() or ["pip fails and does not say why"])[-1])


def read(result: Path) -> dict[str, str]:
    """How each test of a JUnit file ended."""
    outcomes: dict[str, str] = {}
    for case in ElementTree.parse(result).iter("testcase") if result.exists() else ():
        name = f"{case.get('classname')}.{case.get('name')}"
        for child in case:
            if child.tag in ("failure", "error"):
                outcomes[name] = child.text or "failed"
            elif child.tag == "skipped":
                outcomes.setdefault(name, "skipped")
        outcomes.setdefault(name, "passed")
    return outcomes


def faults(library: Library, theirs: Run, ours: Run) -> list[str]:
    """What is wrong with a library's tests: any that fails, and any that does not end in both runs alike."""
    wrong = [f"without Raddle: {test}\n{how}" for test, how in theirs.failed.items()]
    wrong += [f"under raddle run: {test}\n{how}" for test, how in ours.failed.items()]
    for test in sorted(theirs.outcomes.keys() | ours.outcomes.keys()):
        without, under = (run.outcomes.get(test, "missing") for run in (theirs, ours))
        if without != under and test not in theirs.failed and test not in ours.failed:
            wrong.append(f"{test}: {without} without Raddle, {under} under raddle run")
    wrong += [f"its tests never called our {name}" for name in library.reaches if not ours.calls[name]]
    return [f"{library.name}: {fault}" for fault in wrong]


def main(names: list[str]) -> int:
    """Test the named libraries, or all; 1 if one does not pass as it passes without us."""
    listed = tomllib.loads((HERE / "libraries.toml").read_text())["library"]
    libraries = [Library(**entry) for entry in listed if not names or entry["name"] in names]
    print(f"{'Python ' + platform.python_version():<24} {'without':>14} {'under raddle run':>23} {'skipped':>7} {'calls':>10}")
    wrong, absent = [], []
    for library in libraries:
        with tempfile.TemporaryDirectory() as folder:
            try:
                place = Place(library, Path(folder))
            except Unavailable as why:
                absent.append(f"{library.name} {library.version} cannot be had here: {why}")
                continue
            theirs, ours = place.run(), place.run("-m", "raddle", "run")
        runs = f"{theirs.passed:>5} {theirs.seconds:>6.1f} s {ours.passed:>14} {ours.seconds:>6.1f} s"
        skipped = sum(how == "skipped" for how in ours.outcomes.values())
        print(f"{library.name + ' ' + library.version:<24} {runs} {skipped:>7} {ours.calls.total():>10}", flush=True)
        print(f"    {', '.join(f'{name} {count}' for name, count in ours.calls.most_common(6) if count)}", flush=True)
        wrong += faults(library, theirs, ours)
    for why in absent:
        print(f"SKIPPED  {why}")
    if absent and len(absent) < len(libraries):
        wrong.append("some libraries can be had here and others cannot")
    print("\n\n".join(["", *wrong]) if wrong else "", end="")
    return min(len(wrong), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
