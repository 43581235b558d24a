"""Findings are told by the smallest schedules that show them."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from command import check, raddle, write

from raddle import explore

PROGRAM = """
    import threading

    total = 0

    def add():
        global total
        for _ in range(2):
            total += 1

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""
RANDOM = ("--strategy", "random", "--seed", "4")


def test_a_lost_update_takes_one_preemption(tmp_path: Path) -> None:
    (found,) = check(tmp_path, PROGRAM, *RANDOM)["findings"]
    schedule, shrunk = found["schedule"], found["schedule"]["shrunk"]
    assert (found["kind"], schedule["preemptions"]) == ("lost-update", 1)
    assert shrunk["preemptions_before"] > 1
    assert shrunk["fewest_preemptions"]
    assert shrunk["fewest_operations"]
    assert shrunk["stopped"] is None
    sizes = (1, schedule["operations"], shrunk["preemptions_before"], shrunk["operations_before"])
    told = "{} preemption and {} operations (found with {} preemptions and {} operations); "
    assert found["shrunk"].startswith(told.format(*sizes))
    assert found["shrunk"].endswith("; fewer do not show it")
    (again,) = check(tmp_path, PROGRAM, *RANDOM)["findings"]
    assert again == found


def test_it_replays_word_for_word(tmp_path: Path) -> None:
    write(tmp_path, PROGRAM)
    found = raddle(tmp_path, "check", *RANDOM, "program.py")
    assert "\n  shrunk: 1 preemption and " in found.stderr
    name = found.stdout.split()[-1]
    for _ in range(3):
        assert raddle(tmp_path, "replay", name).stdout == found.stdout


def test_who_does_not_want_it_gets_what_was_found(tmp_path: Path) -> None:
    (found,) = check(tmp_path, PROGRAM, *RANDOM, "--no-shrink")["findings"]
    assert found["schedule"]["preemptions"] > 1
    assert (found["shrunk"], found["schedule"]["shrunk"]) == (None, None)
    (tmp_path / "pyproject.toml").write_text("[tool.raddle]\nshrink = false\n", encoding="utf-8")
    assert check(tmp_path, PROGRAM, *RANDOM)["findings"] == [found]


def test_who_stops_it_gets_the_best_so_far(tmp_path: Path) -> None:
    # The program counts its executions, and one of those that make its schedule small is the last.
    stop = """
    import os, signal

    with open("executions", "a+") as file:
        file.write(".")
    if os.path.getsize("executions") == 40:
        os.kill(os.getpid(), signal.SIGINT)
    """
    write(tmp_path, PROGRAM + stop)
    done = raddle(tmp_path, "check", "--format", "json", *RANDOM, "program.py")
    assert done.returncode == 130, done.stderr
    page = json.loads(done.stdout)
    (found,) = page["findings"]
    assert (page["verdict"], page["interrupted"], found["kind"]) == ("finding", True, "lost-update")
    assert found["schedule"]["shrunk"]["stopped"] == "user"
    assert found["schedule"]["shrunk"]["executions"] < 40
    assert found["shrunk"].endswith("(stopped by you)")


def test_a_search_may_be_kept_to_few_preemptions(tmp_path: Path) -> None:
    none = check(tmp_path, PROGRAM, "--strategy", "dfs", "--preemptions", "0")
    assert (none["verdict"], none["exhausted"], none["preemptions"]) == ("clean", True, 0)
    said = raddle(tmp_path, "check", "--strategy", "dfs", "--preemptions", "0", "program.py").stdout
    assert said.splitlines()[0] == f"clean: all {none['distinct']} interleavings with at most 0 preemptions"
    one = check(tmp_path, PROGRAM, "--strategy", "dfs", "--preemptions", "1")
    assert (one["verdict"], one["findings"][0]["schedule"]["preemptions"]) == ("finding", 1)
    said = raddle(tmp_path, "check", "--strategy", "dfs", "--delays", "0", "program.py").stdout
    assert said.splitlines()[0] == "clean: the only interleaving with at most 0 delays"


class Counter:
    def __init__(self) -> None:
        self.value = 0

    def add(self) -> None:
        for _ in range(2):
            self.value += 1


def count() -> None:
    counter = Counter()
    threads = [threading.Thread(target=counter.add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("shrink", [True, False])
def test_a_function_has_the_same_options(shrink: bool) -> None:
    outcome = explore(count, strategy="random", seed=3, shrink=shrink)
    (finding,) = outcome.findings
    assert (finding.shrunk is not None) is shrink
    assert (finding.schedule["preemptions"] == 1) is shrink
    assert (f"; lost-update with {finding.shrunk}" in str(outcome)) is shrink
    bounded = explore(count, strategy="dfs", preemptions=0, delays=0)
    assert str(bounded) == "clean: 1 execution, 1 distinct, at most 0 preemptions, at most 0 delays"
