"""Every program under ``corpus/python`` gets the verdict that it states, in a process of its own."""

import ast
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
CORPUS = REPOSITORY / "corpus" / "python"
PROGRAMS = sorted(path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*.py"))

# How many executions a correct program gets here.
PATIENCE = 500


@dataclass(frozen=True)
class Stated:
    """What a program says about itself."""

    verdict: str
    kind: str | None = None
    shows: str | None = None
    source: str | None = None
    options: list[str] = field(default_factory=list)
    within: int | None = None
    classes: int | None = None


def stated(path: Path) -> Stated:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, f"{path} has no docstring"
    lines = [line.partition(": ") for line in docstring.split("\n\n")[1].splitlines()]
    said = {key: value for key, colon, value in lines if colon}
    unknown = said.keys() - {"verdict", "shows", "source", "options", "within", "classes"}
    assert not unknown, f"{path}: unknown keys {unknown}"
    verdict, _, kind = said["verdict"].partition(" ")
    return Stated(
        verdict,
        kind or None,
        said.get("shows"),
        said.get("source"),
        said.get("options", "").split(),
        int(said["within"]) if "within" in said else None,
        int(said["classes"]) if "classes" in said else None,
    )


def raddle(words: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "raddle", *words]
    return subprocess.run(
        command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300
    )


def check(name: str, directory: Path, *words: str) -> dict:
    shutil.copy(CORPUS / name, directory / "program.py")
    done = raddle(["check", "--format", "json", *stated(CORPUS / name).options, *words, "program.py"], directory)
    assert done.stdout, f"exit code {done.returncode}: {done.stderr}"
    return json.loads(done.stdout)


def showings(finding: dict) -> set[str]:
    """How a plain run of the program may show the bug, by the execution that was found."""
    if finding["kind"] in {"deadlock", "lost-wakeup", "lock-leaked", "pool-starvation", "livelock"}:
        return {"hang"}
    # A test or an update may be outdated in an execution in which no error comes of it.
    return {"error"} if "Traceback (most recent call last)" in finding["output"] else {"error", "output"}


def test_the_corpus_is_there() -> None:
    assert len({name.rpartition("/")[0] for name in PROGRAMS if name.endswith("/buggy.py")}) >= 116


@pytest.mark.parametrize("topic", sorted({name.rpartition("/")[0] for name in PROGRAMS} - {"models"}))
def test_each_bug_has_its_fixed_twin(topic: str) -> None:
    files = {path.name for path in (CORPUS / topic).iterdir() if path.suffix == ".py"}
    assert files in ({"buggy.py", "fixed.py"}, {"correct.py"}, {"buggy.py", "fixed.py", "correct.py"})
    for name in files:
        said = stated(CORPUS / topic / name)
        buggy = name == "buggy.py"
        assert said.verdict == ("finding" if buggy else "clean")
        assert [said.within is not None, said.shows is not None, said.source is not None] == [buggy] * 3


@pytest.mark.parametrize("name", [name for name in PROGRAMS if stated(CORPUS / name).verdict == "finding"])
def test_a_bug_is_found_and_replayed(name: str, tmp_path: Path) -> None:
    said = stated(CORPUS / name)
    outcome = check(name, tmp_path, "--executions", str(said.within))
    assert outcome["executions"] + outcome["preliminary"] + outcome["redundant"] <= said.within
    assert outcome["verdict"] == "finding", outcome
    finding = outcome["findings"][0]
    assert finding["kind"] == said.kind, finding["text"]
    assert said.shows is None or said.shows in showings(finding)
    assert len(finding["text"].splitlines()) <= 20
    again = raddle(finding["replay"].split()[1:], tmp_path)
    assert (again.returncode, again.stdout) == (1, finding["text"]), again.stderr


@pytest.mark.parametrize("name", [name for name in PROGRAMS if stated(CORPUS / name).verdict == "clean"])
def test_a_correct_program_is_not_accused(name: str, tmp_path: Path) -> None:
    said = stated(CORPUS / name)
    outcome = check(name, tmp_path, "--executions", str(PATIENCE))
    assert outcome["verdict"] in {"clean", "clean-so-far"}, outcome
    if said.classes is not None:
        assert outcome["distinct"] <= said.classes


@pytest.mark.parametrize("name", [name for name in PROGRAMS if stated(CORPUS / name).classes is not None])
def test_the_interleavings_are_counted_exactly(name: str, tmp_path: Path) -> None:
    outcome = check(name, tmp_path, "--strategy", "dpor", "--keep-going", "--no-shrink")
    said = stated(CORPUS / name)
    assert (outcome["verdict"], outcome["exhausted"]) == (said.verdict, True), outcome
    counts = (outcome["executions"], outcome["redundant"], outcome["distinct"])
    assert counts == (said.classes, 0, said.classes), outcome
