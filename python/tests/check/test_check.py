"""`raddle.check` in a test."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import raddle


class Account:
    def __init__(self) -> None:
        self.balance = 0
        self.lock = threading.Lock()

    def deposit(self) -> None:
        self.balance += 1

    def deposit_safely(self) -> None:
        with self.lock:
            self.balance += 1


def twice(method: str) -> None:
    account = Account()
    threads = [threading.Thread(target=getattr(account, method)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert account.balance == 2


def unsafe() -> None:
    twice("deposit")


def safe() -> None:
    twice("deposit_safely")


def test_a_bug_is_told() -> None:
    outcome = raddle.explore(unsafe)
    assert outcome.verdict == "finding"
    (finding,) = outcome.findings
    assert finding.kind == "lost-update"
    assert "self.balance += 1" in finding.text
    assert str(finding) == finding.text
    assert finding.schedule["choices"]
    with pytest.raises(AssertionError, match=r"lost-update: an update of self\.balance is overwritten"):
        outcome.assert_clean()


def test_code_that_the_collector_does_not_tell_of_is_seen() -> None:
    # Free-threaded Python 3.13 takes functions and classes from the collector when the first thread is started.
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    assert raddle.explore(unsafe).verdict == "finding"
    gc.freeze()
    try:
        assert raddle.explore(unsafe).verdict == "finding"
    finally:
        gc.unfreeze()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only POSIX forks")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_the_child_of_a_fork_checks_like_its_parent() -> None:
    assert raddle.explore(unsafe).verdict == "finding"
    child = os.fork()
    if child == 0:
        # A hang ends by the signal.
        signal.alarm(60)
        os._exit(0 if raddle.explore(unsafe).verdict == "finding" else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_the_same_seed_gives_the_same_answer() -> None:
    first, second = (raddle.explore(unsafe, strategy="random", seed=3) for _ in range(2))
    assert (first.executions, first.findings) == (second.executions, second.findings)


def test_a_correct_program_is_exhausted() -> None:
    outcome = raddle.explore(safe)
    assert (outcome.verdict, outcome.distinct, outcome.exhausted) == ("clean", 2, True), outcome
    outcome.assert_clean()


def test_a_budget_is_kept() -> None:
    outcome = raddle.explore(safe, strategy="random", executions=7, seconds=None)
    assert (outcome.verdict, outcome.executions, outcome.strategy) == ("clean-so-far", 7, "random")


def test_the_environment_overrides_the_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADDLE_STRATEGY", "random")
    monkeypatch.setenv("RADDLE_EXECUTIONS", "3")
    monkeypatch.setenv("RADDLE_SEED", "9")
    outcome = raddle.explore(safe)
    assert (outcome.executions, outcome.strategy, outcome.seed) == (3, "random", 9)


def test_an_unknown_strategy_is_refused() -> None:
    with pytest.raises(ValueError, match="no strategy is called 'luck'"):
        raddle.explore(safe, strategy="luck")  # type: ignore[arg-type]


def test_a_failure_alone_is_no_finding() -> None:
    def program() -> None:
        raise LookupError("at once")

    outcome = raddle.explore(program)
    assert (outcome.verdict, outcome.findings) == ("failed", [])
    assert "LookupError: at once" in outcome.reasons[0]
    with pytest.raises(AssertionError, match="failed"):
        outcome.assert_clean()


def test_output_is_kept_for_the_failing_execution_only(capsys: pytest.CaptureFixture[str]) -> None:
    def program() -> None:
        print("hello")
        unsafe()

    outcome = raddle.explore(program)
    assert "hello" in outcome.findings[0].output
    assert capsys.readouterr() == ("", "")


def test_a_closure_that_shares_with_a_running_call_is_admitted() -> None:
    total = 0

    def add() -> None:
        nonlocal total
        total += 1

    def program() -> None:
        threads = [threading.Thread(target=add) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    outcome = raddle.explore(program)
    assert outcome.verdict == "clean-so-far"
    assert any("add are not seen" in reason for reason in outcome.reasons)


@pytest.mark.parametrize("is_ordered", [True, False])
def test_what_is_handed_to_unseen_code_is_admitted(is_ordered: bool) -> None:
    def program() -> None:
        items = [3, 1, 2]

        def work() -> None:
            import random

            random.shuffle(items)

        thread = threading.Thread(target=work)
        thread.start()
        if is_ordered:
            thread.join()
        assert 3 in items or not is_ordered
        thread.join()

    outcome = raddle.explore(program)
    assert outcome.verdict == ("clean" if is_ordered else "clean-so-far")
    assert [reason for reason in outcome.reasons if "what is done with items at" in reason] == outcome.reasons


def test_checks_do_not_nest() -> None:
    def program() -> None:
        raddle.explore(safe)

    outcome = raddle.explore(program)
    assert outcome.verdict == "failed"
    assert "does not work inside a program that is being checked" in outcome.reasons[0]


def test_a_check_fails_with_the_whole_story() -> None:
    with pytest.raises(AssertionError, match=r"lost-update: an update of self\.balance is overwritten"):
        raddle.check(unsafe)
    assert raddle.check(safe, executions=100).verdict in ("clean", "clean-so-far")
    with pytest.raises(AssertionError, match="failed: "):
        raddle.check(lambda: 1 / 0)


def test_a_function_that_leaves_something_behind_is_no_finding() -> None:
    left: list[int] = []

    def program() -> None:
        left.append(1)
        thread = threading.Thread(target=left.append, args=(2,))
        thread.start()
        thread.join()
        assert len(left) == 2

    outcome = raddle.explore(program)
    assert (outcome.verdict, outcome.findings) == ("inconclusive", [])
    assert "something that it changes outlives it" in outcome.reasons[0]


def test_the_process_is_as_it_was() -> None:
    code = Account.deposit.__code__
    handler = signal.getsignal(signal.SIGINT)
    main = threading.main_thread()
    raddle.explore(unsafe)
    assert Account.deposit.__code__ is code
    assert signal.getsignal(signal.SIGINT) is handler
    assert threading.main_thread() is threading.current_thread() is main
    assert threading.enumerate() == [main]
    before = time.monotonic()
    account, done = Account(), threading.Event()
    thread = threading.Thread(target=lambda: (account.deposit(), done.set()))
    thread.start()
    assert done.wait(60)
    thread.join()
    assert not thread.is_alive()
    assert time.monotonic() >= before


@pytest.mark.parametrize(
    ("program", "says"),
    [(unsafe, "finding: "), (safe, "clean: ")],
)
def test_an_outcome_reads_as_one_line(program: Callable[[], None], says: str) -> None:
    assert str(raddle.explore(program)).startswith(says)


@pytest.mark.parametrize("pools", ["concurrent.futures", "raddle.concurrent.futures"])
def test_a_process_whose_pool_has_idle_workers_ends(tmp_path: Path, pools: str) -> None:
    path = tmp_path / "program.py"
    path.write_text(
        f"""
import threading, raddle
from {pools} import ThreadPoolExecutor

pool = ThreadPoolExecutor(1)
pool.submit(int).result()

def program():
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()

print(raddle.explore(program).verdict, pool.submit(int).result())
""",
        encoding="utf-8",
    )
    said = subprocess.run(
        [sys.executable, str(path)], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert said == "clean 0\n"
