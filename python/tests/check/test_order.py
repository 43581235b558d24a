"""What orders the accesses of two threads; and what comes too late might have come in time."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import check

PROGRAM = """
import queue
import threading
from concurrent.futures import ThreadPoolExecutor

{shared}
count = [0]

def one():
    {one}

def other():
    {other}

threads = [threading.Thread(target=one), threading.Thread(target=other)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""

WRITE = "count[0] += 1"
SLOT = f"slot.put(None); {WRITE}; slot.get()"
ARRIVE = f"""{WRITE}
    try:
        barrier.wait()
    except threading.BrokenBarrierError:
        pass"""

ORDERED = {
    "a barrier's action comes after all have arrived": (
        f"def add():\n    {WRITE}\nbarrier = threading.Barrier(2, action=add)",
        "barrier.wait()",
        f"{WRITE}; barrier.wait()",
    ),
    "whoever leaves a barrier comes after its action": (
        f"def add():\n    {WRITE}\nbarrier = threading.Barrier(2, action=add)",
        "barrier.wait()",
        f"barrier.wait(); {WRITE}",
    ),
    "room in a queue comes after what was taken": ("slot = queue.Queue(1)", SLOT, SLOT),
    "room in a stack comes after what was taken": ("slot = queue.LifoQueue(1)", SLOT, SLOT),
    "a broken barrier is left after it was broken": (
        "barrier = threading.Barrier(2)",
        f"{WRITE}; barrier.abort()",
        f"try:\n        barrier.wait()\n    except threading.BrokenBarrierError:\n        {WRITE}",
    ),
    "a pool's workers have started when it is shut down": (
        "pool = ThreadPoolExecutor(1)",
        "try:\n        pool.submit(int)\n    except RuntimeError:\n        pass",
        "pool.shutdown()",
    ),
}

RACING = {
    "before a barrier": ("barrier = threading.Barrier(2)", f"{WRITE}; barrier.wait()", f"{WRITE}; barrier.wait()"),
    "while there is room in a queue": ("slot = queue.Queue(2)", SLOT, SLOT),
    "before a barrier that is broken": ("barrier = threading.Barrier(2)", f"barrier.abort(); {WRITE}", ARRIVE),
}


@pytest.mark.parametrize("name", ORDERED)
def test_what_is_ordered_does_not_race(name: str, tmp_path: Path) -> None:
    shared, one, other = ORDERED[name]
    answer = check(tmp_path, PROGRAM.format(shared=shared, one=one, other=other), "--races", "--strategy", "dpor")
    assert (answer["verdict"], answer["findings"]) == ("clean", []), answer


@pytest.mark.parametrize("name", RACING)
def test_what_is_not_ordered_races(name: str, tmp_path: Path) -> None:
    shared, one, other = RACING[name]
    answer = check(tmp_path, PROGRAM.format(shared=shared, one=one, other=other), "--races")
    assert [finding["kind"] for finding in answer["findings"]] in (["data-race"], ["lost-update"]), answer


@pytest.mark.parametrize("fails", ["count == [0]", "count == [1]"])
def test_a_job_may_come_before_a_pool_is_shut_down_and_after(fails: str, tmp_path: Path) -> None:
    one = f"try:\n        pool.submit(int)\n    except RuntimeError:\n        {WRITE}"
    source = PROGRAM.format(shared="pool = ThreadPoolExecutor(1)", one=one, other="pool.shutdown()") + f"assert not {fails}\n"
    answer = check(tmp_path, source, "--strategy", "dpor")
    assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer
