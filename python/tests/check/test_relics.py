"""Locks that were made before a check, by the interpreter: no answer about them is given, for it could be wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BEFORE = """
import functools, queue, threading
import raddle
from raddle import threading as ours

class Account:
    guard = None
    def __init__(self, lock):
        self.balance = 0
        self.lock = lock
    def deposit(self, amount=1):
        with self.lock:
            self.balance += amount

class Guarded(Account):
    guard = threading.Lock()
    def deposit(self, amount=1):
        with self.guard:
            self.balance += amount

LOCK, RLOCK, CONDITION, SEMAPHORE = threading.Lock(), threading.RLock(), threading.Condition(), threading.Semaphore()
EVENT, ITEMS, SIMPLE, OURS = threading.Event(), queue.Queue(), queue.SimpleQueue(), ours.RLock()
LOCKS, SHARED = {"one": [RLOCK]}, Account(RLOCK)

def twice(function):
    threads = [threading.Thread(target=function) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

def holding(lock):
    account = Account(lock)
    twice(account.deposit)
    assert account.balance == 2

def closing_over(lock):
    return lambda: holding(lock)

def set_event():
    EVENT.set()

def put_item():
    ITEMS.put(1)

"""


def answer(folder: Path, program: str) -> str:
    path = folder / "program.py"
    path.write_text(f"{BEFORE}print(raddle.explore({program}))\n", encoding="utf-8")
    command = [sys.executable, str(path)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize(
    ("program", "relic"),
    [
        ("lambda: holding(LOCK)", "lock LOCK"),
        ("lambda: holding(RLOCK)", "RLock RLOCK"),
        ("lambda: holding(CONDITION)", "Condition CONDITION"),
        ("lambda: holding(SEMAPHORE)", "Semaphore SEMAPHORE"),
        ("lambda: twice(set_event)", "Event EVENT"),
        ("lambda: twice(put_item)", "Queue ITEMS"),
        ("lambda: twice(lambda: SIMPLE.put(1))", "SimpleQueue SIMPLE"),
        ("closing_over(RLOCK)", "RLock lock"),
        ("functools.partial(holding, RLOCK)", "RLock partial"),
        ("lambda: holding(LOCKS['one'][0])", "RLock LOCKS"),
        ("lambda: twice(SHARED.deposit)", "RLock SHARED.lock"),
        ("SHARED.deposit", "RLock deposit.lock"),
        ("lambda: Guarded(OURS).deposit()", "lock Guarded.guard"),
    ],
)
def test_what_names_one_is_not_run(tmp_path: Path, program: str, relic: str) -> None:
    said = answer(tmp_path, program)
    assert said.startswith("inconclusive: 0 executions")
    assert "call raddle.install() before it is made" in said
    assert f"; the {relic}, made before the check and before raddle.install(), cannot be controlled" in said


@pytest.mark.parametrize("program", ["lambda: holding(OURS)", "lambda: holding(threading.RLock())"])
def test_what_names_none_is_run(tmp_path: Path, program: str) -> None:
    assert answer(tmp_path, program).startswith("clean:")


@pytest.mark.parametrize("install", ["", "raddle.install()"])
@pytest.mark.parametrize("work", ["", "pool.submit(int).result()"])
def test_what_names_a_pool_that_was_made_before_is_not_run(tmp_path: Path, install: str, work: str) -> None:
    path = tmp_path / "program.py"
    path.write_text(
        f"""
import raddle
{install}
from raddle.concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1)
{work}
def ask():
    assert pool.submit(int).result() == 0
print(raddle.explore(ask, executions=5))
pool.shutdown()
""",
        encoding="utf-8",
    )
    said = subprocess.run(
        [sys.executable, str(path)], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert said.startswith("inconclusive:")
    assert "the ThreadPoolExecutor pool, made before the check" in said
