"""Requests to stop a call, under control: each request and each look at one is an operation."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import command

check = partial(command.check, executions=500)


def test_a_request_may_come_before_during_and_after_the_call(tmp_path: Path) -> None:
    program = """
        from raddle.concurrent.futures import CancelledError, ThreadPoolExecutor, cancel_requested
        def work():
            return cancel_requested()
        with ThreadPoolExecutor(2) as pool:
            other, call = pool.submit(work), pool.submit(work)
            asked = call.request_cancel()
        assert not other.result()
        try:
            stopped = call.result()
        except CancelledError:
            assert asked and call.cancelled()
        else:
            assert asked or not stopped
        """
    assert check(tmp_path, program)["verdict"].startswith("clean")


def test_a_request_that_comes_too_late_is_found(tmp_path: Path) -> None:
    program = """
        from raddle.concurrent.futures import ThreadPoolExecutor, cancel_requested
        pool = ThreadPoolExecutor(1)
        call = pool.submit(cancel_requested)
        call.request_cancel()
        assert call.cancelled() or call.result()
        pool.shutdown()
        """
    assert check(tmp_path, program)["verdict"] == "finding"


def test_what_came_before_a_request_is_seen_after_it(tmp_path: Path) -> None:
    program = """
        from raddle.concurrent.futures import ThreadPoolExecutor, cancel_requested
        why = []
        def work():
            return why[0] if cancel_requested() else None
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(work)
            why.append("enough")
            call.request_cancel()
        assert call.cancelled() or call.result() in ("enough", None)
        """
    answer = check(tmp_path, program, "--races")
    assert answer["verdict"].startswith("clean")
