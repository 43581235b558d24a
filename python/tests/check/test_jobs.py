"""A search by several processes, or on several machines."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from command import COMMAND, check, raddle, write

COUNTED = """
    import threading

    lock = threading.Lock()
    total = 0

    def add():
        global total
        for _ in range(4):
            with lock:
                total += 1

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""
LOST = """
    import threading

    total = 0

    def add():
        global total
        total += 1

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""
# A clock is read, so that it cannot be told who could have gone first.
TIMED = """
    import threading
    import time

    lock = threading.Lock()

    def work():
        time.monotonic()
        with lock:
            pass
        with lock:
            pass

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""
COUNTS = ("verdict", "executions", "redundant", "distinct", "exhausted", "reasons")


def counts(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in COUNTS}


def shards(directory: Path, of: int, *words: str) -> list[str]:
    """Search all parts of the program; the names of their files."""
    for number in range(1, of + 1):
        done = raddle(directory, "check", "--shard", f"{number}/{of}", *words, "program.py")
        assert done.returncode in {0, 1}, done.stderr
        assert f"part {number}/{of} is kept in raddle-{number}-of-{of}.json" in done.stderr
    return [f"raddle-{number}-of-{of}.json" for number in range(1, of + 1)]


def merge(directory: Path, *files: str) -> dict[str, Any]:
    done = raddle(directory, "merge", "--format", "json", *files)
    assert done.stdout, f"exit code {done.returncode}: {done.stderr}"
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
@pytest.mark.parametrize("program", [COUNTED, TIMED])
def test_processes_try_together_what_one_would(tmp_path: Path, strategy: str, program: str) -> None:
    words = ("--strategy", strategy, "--executions", "30000")
    alone = check(tmp_path, program, *words)
    assert alone["verdict"] == "clean"
    for jobs in ("2", "3"):
        assert counts(check(tmp_path, program, *words, "--jobs", jobs)) == counts(alone)
    files = shards(tmp_path, 2, *words)
    assert counts(merge(tmp_path, *files)) == counts(alone)


def test_the_default_search_is_clean_only_if_all_parts_are(tmp_path: Path) -> None:
    words = ("--executions", "4000")
    answer = check(tmp_path, COUNTED, *words, "--jobs", "2")
    assert (answer["verdict"], answer["distinct"], answer["shard"]) == ("clean", 70, None)
    early = check(tmp_path, COUNTED, "--executions", "60", "--jobs", "2")
    assert (early["executions"], early["preliminary"] > 30, early["distinct"] > 15) == (60, True, True), early
    one, other = shards(tmp_path, 2, *words)
    part = raddle(tmp_path, "check", "--shard", "1/2", *words, "program.py")
    assert part.stdout.startswith("clean so far: part 1 of 2, ")
    assert merge(tmp_path, other, one)["verdict"] == "clean"
    alone = merge(tmp_path, one)
    assert (alone["verdict"], alone["reasons"]) == ("clean-so-far", ["part 2 of 2 is missing"])


def test_the_part_that_is_missing_is_named_by_its_command(tmp_path: Path) -> None:
    write(tmp_path, COUNTED)
    words = ("--strategy", "dpor", "--step-bound", "5000", "--timing", "--include", "shop", "--include", "till")
    done = raddle(tmp_path, "check", "--shard", "2/3", *words, "--seed", "0", "program.py", "an argument")
    assert done.returncode == 0, done.stderr
    merged = raddle(tmp_path, "merge", "raddle-2-of-3.json").stdout
    told = " ".join(merged[merged.index("next: ") :].split())
    command = " ".join(("raddle check --shard 1/3", *words, "program.py an argument"))
    assert told == f"next: search what is missing, with the same budget: `{command}` and so on"


def test_the_same_seed_tells_the_same_finding(tmp_path: Path) -> None:
    for strategy in ("dpor", "mixed", "random"):
        words = ("--strategy", strategy, "--jobs", "2")
        ((first,), (second,)) = (check(tmp_path, LOST, *words)["findings"] for _ in range(2))
        assert first == second
        assert raddle(tmp_path, *first["replay"].split()[1:]).returncode == 1
        (alone,) = check(tmp_path, LOST, "--strategy", strategy)["findings"]
        assert (first["kind"], first["shrunk"]) == ("lost-update", first["shrunk"])
        assert first["schedule"]["preemptions"] == alone["schedule"]["preemptions"]


def test_parts_are_the_same_each_time(tmp_path: Path) -> None:
    write(tmp_path, COUNTED)
    for words in (("--strategy", "random", "--executions", "300"), ("--strategy", "mixed", "--executions", "60")):
        files = shards(tmp_path, 2, *words)
        first = [json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in files]
        shards(tmp_path, 2, *words)
        again = [json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in files]
        for part in [*first, *again]:
            part["outcome"]["seconds"] = 0
        assert again == first
        parts = [part["outcome"]["part"] for part in first]
        sampled = [{*re.findall(".{32}", part["met"] + part["sampled"])} for part in parts]
        assert sampled[0] != sampled[1]
        assert merge(tmp_path, *files)["distinct"] == len(sampled[0] | sampled[1])
        assert sum(part["outcome"]["executions"] for part in first) <= int(words[-1])


def test_findings_of_parts_are_told_once_and_kept(tmp_path: Path) -> None:
    write(tmp_path, LOST)
    files = shards(tmp_path, 2, "--strategy", "dpor", "--keep-going")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in [*files, "program.py"]:
        (elsewhere / name).write_bytes((tmp_path / name).read_bytes())
    told = raddle(elsewhere, "merge", *files)
    assert (told.returncode, told.stdout.count("lost-update: ")) == (1, 1)
    assert told.stdout.splitlines()[-1].startswith("replay: raddle replay ") or "raddle replay " in told.stdout
    again = raddle(elsewhere, "replay", told.stdout.split()[-1])
    assert (again.returncode, again.stdout) == (1, told.stdout)


@pytest.mark.parametrize("seed", ["", "0", "7"])
def test_a_program_sees_what_the_user_says_of_hashes(tmp_path: Path, seed: str) -> None:
    text = f"""
        import os

        assert os.environ.get("PYTHONHASHSEED", "") == "{seed}"
        assert "RADDLE_HASH_SEED" not in os.environ
    """
    others = {name: value for name, value in os.environ.items() if name != "PYTHONHASHSEED"}
    environment = others | ({"PYTHONHASHSEED": seed} if seed else {})
    write(tmp_path, text)
    for jobs in ("1", "2"):
        done = raddle(tmp_path, "check", "--jobs", jobs, "program.py", env=environment)
        assert (done.returncode, done.stdout.splitlines()[0]) == (0, "clean: the only interleaving")


def test_what_does_not_belong_together_is_refused(tmp_path: Path) -> None:
    write(tmp_path, COUNTED)
    one, other = shards(tmp_path, 2, "--strategy", "dpor")
    twice = raddle(tmp_path, "merge", one, one)
    assert (twice.returncode, twice.stdout) == (2, "")
    assert twice.stderr.startswith(f"error: {one} and {one} are both part 1/2")
    raddle(tmp_path, "check", "--shard", "2/2", "--strategy", "dpor", "--seed", "7", "program.py")
    seeds = raddle(tmp_path, "merge", one, other)
    assert seeds.returncode == 2
    assert "are not parts of one search: the seed is 0 in one, 7 in the other" in seeds.stderr
    write(tmp_path, COUNTED.replace("range(4)", "range(3)"))
    raddle(tmp_path, "check", "--shard", "2/2", "--strategy", "dpor", "--into", "new.json", "program.py")
    assert "the source is" in raddle(tmp_path, "merge", one, "new.json").stderr
    assert "holds no part of a search" in raddle(tmp_path, "merge", "program.py").stderr
    (tmp_path / "latin.json").write_bytes(b"\xe9")
    assert "latin.json holds no part of a search: not UTF-8" in raddle(tmp_path, "merge", "latin.json").stderr
    assert "there is no file nowhere.json" in raddle(tmp_path, "merge", "nowhere.json").stderr
    both = raddle(tmp_path, "check", "--shard", "1/2", "--jobs", "2", "program.py")
    assert (both.returncode, "is searched by one process" in both.stderr) == (2, True)
    for wrong in ("0/2", "3/2", "2", "a/b"):
        assert raddle(tmp_path, "check", "--shard", wrong, "program.py").returncode == 2


def test_parts_that_knew_different_places_prove_nothing(tmp_path: Path) -> None:
    write(tmp_path, COUNTED)
    one, other = shards(tmp_path, 2, "--strategy", "dpor")
    part = json.loads((tmp_path / one).read_text(encoding="utf-8"))
    part["outcome"]["part"]["known"]["visible"].append("state of lock")
    (tmp_path / one).write_text(json.dumps(part), encoding="utf-8")
    unlike = merge(tmp_path, one, other)
    assert unlike["verdict"] == "clean-so-far"
    assert "were not divided alike" in unlike["reasons"][0]
    whole = shards(tmp_path, 2, "--strategy", "dpor", "--with", one)
    assert merge(tmp_path, *whole)["verdict"] == "clean"


def test_parts_that_come_to_know_different_places_are_divided_anew(tmp_path: Path) -> None:
    # Only one order of the eight turns shows that x needs points, far below where the search is divided.
    program = """
        import threading

        lock = threading.Lock()
        turns = []
        x = 0

        def work(name, use):
            for _ in range(4):
                with lock:
                    turns.append(name)
            with lock:
                rare = turns == list("abaabbab")
            if rare:
                use()

        def read():
            return x

        def write():
            global x
            x = 1

        threads = [threading.Thread(target=work, args=pair) for pair in (("a", read), ("b", write))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    words = ("--strategy", "dpor", "--executions", "30000")
    alone = check(tmp_path, program, *words)
    assert (alone["verdict"], alone["preliminary"] > 0) == ("clean", True)
    together = check(tmp_path, program, *words, "--jobs", "2")
    assert counts(together) == counts(alone)
    one, other = shards(tmp_path, 2, *words)
    unlike = merge(tmp_path, one, other)
    assert (unlike["verdict"], len(unlike["reasons"])) == ("clean-so-far", 1)
    files = shards(tmp_path, 2, *words, "--with", one, "--with", other)
    assert counts(merge(tmp_path, *files)) == counts(alone)


def test_a_process_that_dies_is_told_of(tmp_path: Path) -> None:
    write(tmp_path, "import ctypes, threading\nthreading.Thread(target=lambda: ctypes.string_at(0)).start()\n")
    told = raddle(tmp_path, "check", "--jobs", "2", "program.py")
    assert told.returncode == 4
    assert "the process for part 1/2 ended with signal 11 (SIGSEGV)" in " ".join(told.stdout.split())


def test_a_program_that_cannot_be_run_is_refused_as_by_one(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("def (:\n", encoding="utf-8")
    alone, together = (raddle(tmp_path, "check", *words, "program.py") for words in ((), ("--jobs", "2")))
    assert (together.returncode, together.stdout) == (alone.returncode, alone.stdout)


def test_what_was_found_is_told_when_the_time_ends(tmp_path: Path) -> None:
    words = ("--strategy", "random", "--keep-going", "--executions", "100000000", "--time", "2", "--jobs", "2")
    told = check(tmp_path, LOST, *words)
    assert (told["verdict"], told["findings"][0]["kind"]) == ("finding", "lost-update")


@pytest.mark.parametrize("group", [False, True])
def test_ctrl_c_ends_all_with_what_is_known(tmp_path: Path, group: bool) -> None:
    write(tmp_path, COUNTED)
    words = ["check", "--strategy", "random", "--executions", "100000000", "--time", "50", "--jobs", "2", "program.py"]
    with subprocess.Popen(
        [*COMMAND, *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as searching:
        started = time.monotonic()
        while len(list(tmp_path.glob("*/*.progress"))) < 2 and time.monotonic() - started < 60:
            assert searching.poll() is None
        (os.killpg if group else os.kill)(searching.pid, signal.SIGINT)
        out, err = searching.communicate(timeout=60)
    assert searching.returncode == 130, err
    assert "stopped by you" in out + err
    assert not list(tmp_path.glob("*/*.progress"))
