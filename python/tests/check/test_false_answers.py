"""False answers that checkers are known to give, each with the answer that is right.

Strategies that look for everything, and the default, have to give it, and for the right twin another one.
What nobody has control of, and must not pass silently, is in `test_programs`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import command
import pytest

check = partial(command.check, executions=20_000)

CORPUS = Path(__file__).parents[3] / "corpus" / "python"
STRATEGIES = ("mixed", "dfs", "dpor")

FOUND = {
    "an order violation under a lock holds": ("order_violation/buggy.py", "uncaught-exception"),
    "get_nowait comes after the put": ("get_nowait/buggy.py", "uncaught-exception"),
    "no wake-up is lost": ("notify_before_wait/buggy.py", "lost-wakeup"),
    "no bug needs three preemptions": ("three_preemptions/buggy.py", "assertion"),
    "locks made at module level are not there": (
        """
        from threading import Lock, Thread

        cup, pot = Lock(), Lock()

        def tea():
            with cup, pot:
                pass

        def coffee():
            with pot, cup:
                pass

        guests = [Thread(target=tea), Thread(target=coffee)]
        for guest in guests:
            guest.start()
        for guest in guests:
            guest.join()
        """,
        "deadlock",
    ),
    "a pool made inside the program runs jobs one by one": (
        """
        from concurrent.futures import ThreadPoolExecutor

        total = 0

        def add(step):
            global total
            total += step

        with ThreadPoolExecutor(2) as pool:
            for step in (1, 2):
                pool.submit(add, step)
        """,
        "lost-update",
    ),
    "threads started by threads are not there": (
        """
        import threading

        total = 0

        def add():
            global total
            total += 1

        def start():
            inner = threading.Thread(target=add)
            inner.start()
            add()
            inner.join()

        outer = threading.Thread(target=start)
        outer.start()
        outer.join()
        """,
        "lost-update",
    ),
    "what is done before `as_completed` is called comes in the order in which it was given": (
        """
        from concurrent.futures import ThreadPoolExecutor, as_completed

        words = ["tea", "coffee"]
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(len, word) for word in words]
        lengths = dict(zip(words, (future.result() for future in as_completed(futures))))
        assert lengths == {"tea": 3, "coffee": 6}, lengths
        """,
        "assertion",
    ),
    "nothing is done before `as_completed` is called": (
        """
        from concurrent.futures import ThreadPoolExecutor, as_completed

        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(int, "1")
            second = pool.submit(first.result)
            came = list(as_completed([first, second]))
        assert came == [first, second]
        """,
        "assertion",
    ),
}

PROVED = {
    "an event puts nothing in order": "order_violation/fixed.py",
    "queue.Empty is a bug": "get_nowait/fixed.py",
    "a flag does not help against a lost wake-up": "notify_before_wait/fixed.py",
    "a lock made at module level does not protect": "module_lock/correct.py",
    "what start and join put in order is a race": "start_join/correct.py",
    "stores are buffered": """
        import threading

        x = y = 0
        seen = []

        def one():
            global x
            x = 1
            seen.append(y)

        def other():
            global y
            y = 1
            seen.append(x)

        tasks = [threading.Thread(target=one), threading.Thread(target=other)]
        for task in tasks:
            task.start()
        for task in tasks:
            task.join()
        assert seen != [0, 0]
        """,
    "a right use of a condition cannot be decided": """
        import threading

        kettle = threading.Condition()
        boils = False

        def cook():
            global boils
            with kettle:
                boils = True
                kettle.notify_all()

        def drink():
            with kettle:
                while not boils:
                    kettle.wait()

        tasks = [threading.Thread(target=drink), threading.Thread(target=cook)]
        for task in tasks:
            task.start()
        for task in tasks:
            task.join()
        """,
    "results that are taken as they come are not known": """
        from concurrent.futures import ThreadPoolExecutor, as_completed

        with ThreadPoolExecutor(2) as pool:
            futures = {pool.submit(len, word): word for word in ("tea", "coffee")}
        lengths = {futures[future]: future.result() for future in as_completed(futures)}
        assert lengths == {"tea": 3, "coffee": 6}
        """,
}


def answer(program: str, strategy: str, directory: Path) -> dict[str, object]:
    """Return what the command says of a program, or of one in the corpus."""
    if program.endswith(".py"):
        shutil.copy(CORPUS / program, directory / "program.py")
        program = (directory / "program.py").read_text(encoding="utf-8")
    return check(directory, textwrap.dedent(program), "--strategy", strategy)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("false", FOUND)
def test_it_is_false_that(false: str, strategy: str, tmp_path: Path) -> None:
    program, kind = FOUND[false]
    findings = answer(program, strategy, tmp_path)["findings"]
    assert [finding["kind"] for finding in findings] == [kind]  # type: ignore[attr-defined]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("false", PROVED)
def test_it_is_just_as_false_that(false: str, strategy: str, tmp_path: Path) -> None:
    given = answer(PROVED[false], strategy, tmp_path)
    assert (given["verdict"], given["exhausted"]) == ("clean", True), given


def test_a_deadlock_is_told_with_who_and_what_and_the_process_goes_on(tmp_path: Path) -> None:
    program = """
        import threading
        import raddle

        def meet():
            cup, pot = threading.Lock(), threading.Lock()

            def guest():
                with pot, cup:
                    pass

            thread = threading.Thread(target=guest, name="Ada")
            thread.start()
            with cup, pot:
                pass
            thread.join()

        def wait():
            door = threading.Event()
            thread = threading.Thread(target=door.set)
            thread.start()
            door.wait()
            thread.join()

        (finding,) = raddle.explore(meet).findings
        print(finding.text)
        print(raddle.explore(wait).verdict)
    """
    command.write(tmp_path, program)
    done = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=300)
    for word in ("deadlock", "main", "Ada", "cup", "pot", "program.py:9", "program.py:14"):
        assert word in done.stdout
    assert done.stdout.splitlines()[-1] == "clean"


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_whom_a_task_that_yields_let_go_first_is_not_proved_to_come_first(tmp_path: Path, strategy: str) -> None:
    program = """
        import threading
        import time

        done = False

        def work():
            global done
            time.sleep(0)
            time.sleep(0)
            done = True

        def look():
            assert not done

        threads = [threading.Thread(target=work), threading.Thread(target=look)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    told = command.check(tmp_path, program, "--strategy", strategy, executions=500)
    assert told["verdict"] == "clean-so-far"
