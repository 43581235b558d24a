"""Queues' batches under control: each step of one is an operation."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import command

check = partial(command.check, executions=500)


def test_a_batch_is_put_in_one_step(tmp_path: Path) -> None:
    program = """
        import queue, threading
        jobs = queue.Queue()
        def work():
            assert jobs.get_many(5) == [1, 2]
        worker = threading.Thread(target=work)
        worker.start()
        jobs.put_many([1, 2])
        worker.join()
        """
    assert check(tmp_path, program)["verdict"] == "clean"


def test_a_batch_takes_what_is_there(tmp_path: Path) -> None:
    program = """
        import queue, threading
        jobs = queue.Queue()
        def work():
            assert len(jobs.get_many(5)) == 2
        worker = threading.Thread(target=work)
        worker.start()
        jobs.put(1)
        jobs.put(2)
        worker.join()
        """
    assert check(tmp_path, program)["verdict"] == "finding"


def test_a_batch_reads_the_list_that_it_is_given(tmp_path: Path) -> None:
    program = """
        import queue, threading
        jobs, items = queue.SimpleQueue(), [1]
        def work():
            items.append(2)
        worker = threading.Thread(target=work)
        worker.start()
        jobs.put_many(items)
        assert jobs.statistics().puts == 1
        worker.join()
        """
    assert check(tmp_path, program)["verdict"] == "finding"


def test_two_batches_through_one_place_come_out_whole(tmp_path: Path) -> None:
    program = """
        import queue, threading
        jobs = queue.Queue(1)
        workers = [threading.Thread(target=jobs.put_many, args=([n, n + 1],)) for n in (0, 2)]
        for worker in workers:
            worker.start()
        got = []
        while len(got) < 4:
            got += jobs.get_many(3)
        assert [n for n in got if n < 2] == [0, 1] and [n for n in got if n >= 2] == [2, 3]
        for worker in workers:
            worker.join()
        """
    assert check(tmp_path, program)["verdict"] == "clean"
