"""The command around a search: findings that are kept, and Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

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
    assert changed.stdout.startswith("not reproduced: choice "), changed.stdout
    assert "(program.py:" in changed.stdout
    assert "because: program.py has changed since" in changed.stdout


def test_a_replay_of_a_program_whose_lines_have_moved_shows_the_bug(tmp_path: Path) -> None:
    program = """
    total = 0
    def work():
        global total
        total = total + 1
    together(work, work)
    """
    (found,) = check(tmp_path, program)["findings"]
    text = (tmp_path / "program.py").read_text(encoding="utf-8")
    (tmp_path / "program.py").write_text("# Counts.\n\n" + text, encoding="utf-8")
    again = raddle(tmp_path, "replay", found["replay"].split()[-1])
    assert again.returncode == 1, again.stdout
    line = text.splitlines().index("    total = total + 1") + 1
    assert f"program.py:{line}" in found["text"]
    assert f"program.py:{line + 2}" in again.stdout
    assert "program.py has changed since" in again.stderr


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
