"""Pools with a bounded backlog under control: a submission waits for room as one operation."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import command

check = partial(command.check, executions=500)


def test_submissions_that_wait_for_room_get_it(tmp_path: Path) -> None:
    program = """
        from raddle.concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(1, backlog=1) as pool:
            calls = [pool.submit(pow, n, 2) for n in range(3)]
        assert [call.result() for call in calls] == [0, 1, 4]
        assert pool.statistics().taken == 3
        """
    assert check(tmp_path, program)["verdict"] == "clean"


def test_a_call_that_waits_for_room_in_its_own_pool_is_found(tmp_path: Path) -> None:
    program = """
        from raddle.concurrent.futures import ThreadPoolExecutor
        pool = ThreadPoolExecutor(1, backlog=1)
        def spread():
            pool.submit(int)
            pool.submit(int)
        pool.submit(spread).result()
        pool.shutdown()
        """
    answer = check(tmp_path, program)
    assert answer["verdict"] == "finding"
    assert answer["findings"][0]["kind"] == "deadlock"


def test_whether_there_is_room_in_time_depends_on_the_worker(tmp_path: Path) -> None:
    program = """
        from queue import Full
        from raddle.concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(1, backlog=1) as pool:
            pool.submit(int)
            try:
                pool.submit_within(0, int)
            except Full:
                raise SystemExit("no room") from None
        """
    assert check(tmp_path, program)["verdict"] == "finding"
