"""Programs that are hard on whoever runs them: each gets a clear answer, and nothing hangs or crashes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

# A process that takes longer hangs.
PATIENCE = 60

THREADS = """
import threading

def together(*functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def raddle(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "raddle", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode >= 0, f"killed by signal {-done.returncode}: {done.stderr}"
    assert "panicked" not in done.stderr
    return done


def check(folder: Path, program: str, *words: str) -> dict[str, Any]:
    (folder / "program.py").write_text(THREADS + textwrap.dedent(program), encoding="utf-8")
    done = raddle(folder, "check", "--format", "json", *words, "program.py")
    page = json.loads(done.stdout)
    assert isinstance(page, dict), done.stderr
    return page


def kinds(page: dict[str, Any]) -> list[str]:
    return [finding["kind"] for finding in page["findings"]]


@pytest.mark.parametrize("recursion", ["json.dumps(deep)", "repr(deep)", "deep == copied", "sorted([Odd(), Odd()])"])
def test_endless_recursion_in_a_thread_is_a_recursion_error(tmp_path: Path, recursion: str) -> None:
    program = f"""
    import json
    class Odd:
        def __lt__(self, other):
            return sorted([self, other]) == []
    deep, copied = [], []
    for _ in range(100_000):
        deep, copied = [deep], [copied]
    seen = []
    def descend():
        try:
            {recursion}
        except RecursionError:
            seen.append(True)
    together(descend)
    assert seen == [True]
    """
    assert check(tmp_path, program, "--executions", "20")["verdict"].startswith("clean")


def test_a_reentrant_lock_excludes(tmp_path: Path) -> None:
    program = """
    lock, inside = threading.RLock(), []
    def enter():
        with lock, lock:
            inside.append(1)
            assert len(inside) == 1
            inside.pop()
    together(enter, enter, enter)
    """
    assert check(tmp_path, program, "--executions", "300")["verdict"].startswith("clean")


def test_a_switch_inside_a_ctypes_callback(tmp_path: Path) -> None:
    program = """
    import ctypes
    lock, order = threading.Lock(), []
    compare_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    def compare(a, b):
        with lock:
            order.append(1)
        return 0
    def sort():
        numbers = (ctypes.c_int * 4)(3, 1, 2, 0)
        ctypes.CDLL(None).qsort(numbers, 4, 4, compare_type(compare))
    together(sort, sort)
    """
    page = check(tmp_path, program, "--executions", "50")
    assert page["verdict"] in ("clean", "clean-so-far", "inconclusive")
    assert not kinds(page)


def test_a_task_that_swallows_everything_is_given_up(tmp_path: Path) -> None:
    program = """
    lock, other = threading.Lock(), threading.Lock()
    def stubborn():
        while True:
            try:
                with lock, other:
                    pass
            except BaseException:
                pass
    def reverse():
        while True:
            with other, lock:
                pass
    together(stubborn, reverse)
    """
    assert kinds(check(tmp_path, program, "--executions", "200")) == ["deadlock"]


def test_a_program_that_never_yields_is_inconclusive_and_the_line_is_named(tmp_path: Path) -> None:
    page = check(tmp_path, "def spin():\n    while True:\n        pass\ntogether(spin)\n")
    assert page["verdict"] == "inconclusive"
    assert any("program.py" in reason for reason in page["reasons"])


def test_two_hundred_threads(tmp_path: Path) -> None:
    program = """
    lock, done = threading.Lock(), []
    def work():
        with lock:
            done.append(1)
    together(*[work] * 200)
    assert len(done) == 200
    """
    assert check(tmp_path, program, "--executions", "5")["verdict"] == "clean-so-far"


def test_ten_thousand_points(tmp_path: Path) -> None:
    program = """
    lock = threading.Lock()
    def work():
        for _ in range(5_000):
            with lock:
                pass
    together(work, work)
    """
    page = check(tmp_path, program, "--executions", "3", "--time", "60")
    assert page["verdict"] == "clean-so-far"
    assert page["points"] > 3 * 10_000


def test_a_destructor_that_raises(tmp_path: Path) -> None:
    program = """
    class Loud:
        def __del__(self):
            raise ValueError("from __del__")
    def work():
        Loud()
    together(work, work)
    """
    assert check(tmp_path, program, "--executions", "20")["verdict"].startswith("clean")


@pytest.mark.parametrize(
    ("what", "lines"),
    [
        ("fork", "if (child := os.fork()) == 0:\n    os._exit(0)\nos.waitpid(child, 0)"),
        ("Popen", "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''], check=True)"),
        ("socket", "import socket\nsocket.socket().close()"),
        ("event loop", "import asyncio\nasyncio.run(asyncio.sleep(0))"),
    ],
)
def test_what_cannot_be_controlled_is_said(tmp_path: Path, what: str, lines: str) -> None:
    program = f"import os\n{lines}\ntogether(lambda: None)\n"
    page = check(tmp_path, program, "--executions", "5")
    assert page["verdict"] == "inconclusive", what
    assert page["uncontrolled"], what


def test_a_syntax_error_is_a_failure_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("def broken(:\n", encoding="utf-8")
    done = raddle(tmp_path, "check", "program.py")
    assert done.returncode == 3
    assert "SyntaxError" in done.stdout + done.stderr
    assert "program.py" in done.stdout + done.stderr


def test_an_empty_program_is_clean(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text("", encoding="utf-8")
    done = raddle(tmp_path, "check", "program.py")
    assert (done.returncode, "clean" in done.stdout + done.stderr) == (0, True)


@pytest.mark.parametrize("words", [["check", "missing.py"], ["check", "."], ["replay", "0badf00d"], ["check", "-m", "no.such"]])
def test_what_is_not_there_is_named(tmp_path: Path, words: list[str]) -> None:
    done = raddle(tmp_path, *words)
    assert done.returncode == 2
    assert words[-1] in done.stderr or "directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_finding_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".raddle").mkdir()
    (tmp_path / ".raddle" / "abcd1234.json").write_text('{"raddle": 1, "program"', encoding="utf-8")
    done = raddle(tmp_path, "replay", "abcd1234")
    assert done.returncode == 2
    assert "abcd1234" in done.stderr


def test_a_replay_of_a_changed_program_says_so(tmp_path: Path) -> None:
    program = """
    one, two = threading.Lock(), threading.Lock()
    def forth():
        with one, two:
            pass
    def back():
        with two, one:
            pass
    together(forth, back)
    """
    (found,) = check(tmp_path, program)["findings"]
    identifier = found["replay"].split()[-1]
    again = raddle(tmp_path, "replay", identifier)
    assert (again.returncode, again.stdout.strip()) == (1, found["text"].strip())
    text = (tmp_path / "program.py").read_text(encoding="utf-8")
    (tmp_path / "program.py").write_text(text.replace("with two, one", "with one, two"), encoding="utf-8")
    changed = raddle(tmp_path, "replay", identifier)
    assert changed.returncode == 4
    assert changed.stdout + changed.stderr


def test_ctrl_c_ends_a_search_with_what_is_known(tmp_path: Path) -> None:
    program = "lock = threading.Lock()\ndef work():\n    with lock:\n        pass\ntogether(work, work, work)\n"
    (tmp_path / "program.py").write_text(THREADS + program, encoding="utf-8")
    words = ["check", "--strategy", "random", "--executions", "100000000", "--time", "50", "program.py"]
    command = [sys.executable, "-P", "-m", "raddle", *words]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as searching:
        # The marker of the first use is written when the search begins.
        started = time.monotonic()
        while not (tmp_path / ".raddle").exists() and time.monotonic() - started < PATIENCE:
            assert searching.poll() is None
        searching.send_signal(signal.SIGINT)
        out, err = searching.communicate(timeout=PATIENCE)
    assert searching.returncode == 130
    assert "stopped by you" in out + err
