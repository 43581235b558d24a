"""What is said of tasks that cannot go on: who waits for whom, and no advice that does not help."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import command
import pytest

check = partial(command.check, executions=500)

START = """
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def told(directory: Path, program: str) -> str:
    """Check a program that gets stuck, and return what is told of it in one line."""
    [finding] = check(directory, program)["findings"]
    assert finding["kind"] == "deadlock", finding
    return " ".join(finding["text"].split())


def test_a_queue_whose_put_takes_a_lock_is_part_of_a_ring(tmp_path: Path) -> None:
    program = """
        import queue
        import threading

        shelf = threading.Lock()

        class Audited(queue.Queue):
            def _put(self, item):
                with shelf:
                    super()._put(item)

        jobs = Audited()

        def put():
            jobs.put(1)

        def count():
            with shelf:
                jobs.qsize()

        works = [put, count]
    """
    text = told(tmp_path, program + START.replace("\n", "\n    "))
    assert text.startswith("deadlock: Thread-1 (put) and Thread-2 (count) wait for each other"), text
    assert "fix: take shelf and jobs.mutex in one order in every task" in text, text


def test_a_handler_that_takes_a_lock_is_part_of_a_ring(tmp_path: Path) -> None:
    program = """
        import logging
        import threading

        lock = threading.Lock()

        class Keeper(logging.Handler):
            def emit(self, record):
                with lock:
                    pass

        keeper = Keeper()
        log = logging.getLogger("shop")
        log.addHandler(keeper)

        def sell():
            log.warning("sold")

        def count():
            with lock:
                keeper.acquire()
                keeper.release()

        works = [sell, count]
    """
    text = told(tmp_path, program + START.replace("\n", "\n    "))
    assert text.startswith("deadlock: Thread-1 (sell) and Thread-2 (count) wait for each other"), text
    assert "fix: take lock and keeper.lock in one order in every task" in text, text


def test_a_result_is_up_to_the_only_worker(tmp_path: Path) -> None:
    program = """
        import threading
        from concurrent.futures import ThreadPoolExecutor

        lock = threading.Lock()

        def note(future):
            with lock:
                pass

        with ThreadPoolExecutor(1) as pool:
            pool.submit(abs, -1).add_done_callback(note)
            with lock:
                assert pool.submit(abs, -2).result() == 2
    """
    text = told(tmp_path, program)
    assert text.startswith("deadlock: main and ThreadPoolExecutor-0_0 wait for each other"), text
    assert "fix: release lock before waiting at program.py:14 for the result" in text, text


def test_a_result_is_up_to_the_worker_that_has_begun_it_and_idle_ones_are_left_out(tmp_path: Path) -> None:
    program = """
        import queue
        from concurrent.futures import ThreadPoolExecutor

        jobs = queue.Queue()

        def consume():
            while jobs.get() is not None:
                pass

        with ThreadPoolExecutor(2, "eater") as pool:
            results = [pool.submit(consume) for _ in range(2)]
            jobs.put(None)
            for result in results:
                result.result()
    """
    text = told(tmp_path, program)
    assert text.startswith("deadlock: 2 tasks wait"), text
    assert "result.result() up to eater_0 eater_0 gets from jobs" in text, text
    assert "fix: put an end mark for each consumer into jobs" in text, text


def test_the_advice_is_for_what_keeps_a_task_from_dealing_with_an_item(tmp_path: Path) -> None:
    program = """
        import queue
        import threading

        todo, done = queue.Queue(), queue.Queue(maxsize=1)

        def work():
            for _ in range(2):
                item = todo.get()
                try:
                    done.put(item)
                finally:
                    {}

        threading.Thread(target=work).start()
        for number in range(2):
            todo.put(number)
        todo.join()
    """
    text = told(tmp_path, program.format("todo.task_done()"))
    assert "fix: keep a consumer of done until" in text, text
    text = told(tmp_path, program.format("done.get()").replace("range(2):", "range(3):", 1))
    assert "fix: call task_done() once for every item got from todo" in text, text


def test_an_event_that_was_cleared_too_late_was_set(tmp_path: Path) -> None:
    program = """
        import threading

        ping, pong = threading.Event(), threading.Event()

        def play(mine, other):
            for _ in range(2):
                mine.wait()
                other.set()
                mine.clear()

        ping.set()
        players = [threading.Thread(target=play, args=pair) for pair in ((ping, pong), (pong, ping))]
        for player in players:
            player.start()
        for player in players:
            player.join()
    """
    text = told(tmp_path, program)
    assert " cleared p" in text, text
    assert "at program.py:10 after it was set" in text, text
    assert "fix:" not in text, text


@pytest.mark.parametrize("lock_first", [True, False])
def test_a_notify_that_woke_another_is_told(tmp_path: Path, *, lock_first: bool) -> None:
    first, second = ("put", "get") if lock_first else ("get", "put")
    program = f"""
        import threading

        items = []
        changed = threading.Condition()

        def put():
            with changed:
                while items:
                    changed.wait()
                items.append(1)
                changed.notify()

        def get():
            with changed:
                while not items:
                    changed.wait()
                items.pop()
                changed.notify()

        works = [{first}, {first}, {second}, {second}]
    """
    text = told(tmp_path, program + START.replace("\n", "\n    "))
    assert "and woke another" in text, text
    assert "fix: notify all who wait on changed" in text, text


def test_a_lock_whose_holder_waits_is_not_what_is_to_be_released_on_every_path(tmp_path: Path) -> None:
    program = """
        import threading

        lock, done = threading.Lock(), threading.Event()

        def work():
            with lock:
                pass
            done.set()

        thread = threading.Thread(target=work)
        with lock:
            thread.start()
            done.wait()
        thread.join()
    """
    text = told(tmp_path, program)
    assert "fix: release lock before waiting at program.py:14 for done to be set" in text, text
