"""Programs that once got a wrong answer."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import command
import pytest

check = partial(command.check, executions=200)


def test_a_worker_that_counts_until_it_is_stopped_is_stopped(tmp_path: Path) -> None:
    program = """
        import threading
        import time

        stop = threading.Event()
        count = 0

        def work():
            global count
            while not stop.is_set():
                count += 1

        worker = threading.Thread(target=work)
        worker.start()
        time.sleep(0.01)
        stop.set()
        worker.join()
    """
    answer = check(tmp_path, program, executions=10)
    assert answer["verdict"] == "clean-so-far", answer


def test_sleeping_for_no_time_promises_nothing(tmp_path: Path) -> None:
    program = """
        import threading
        import time

        ready = False

        def prepare():
            global ready
            ready = True

        thread = threading.Thread(target=prepare)
        thread.start()
        time.sleep(0)
        assert ready
    """
    assert check(tmp_path, program)["findings"][0]["kind"] == "assertion"


def test_sleeping_for_no_time_takes_none(tmp_path: Path) -> None:
    program = """
        import threading
        import time

        lock = threading.Lock()
        turn = 0.0
        times = []

        def work():
            global turn
            with lock:
                wait = turn
                turn += 0.5
            time.sleep(wait)
            with lock:
                times.append(time.monotonic())

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        times.sort()
        assert times[1] - times[0] > 0.4
    """
    assert check(tmp_path, program)["findings"] == []


def test_a_program_that_runs_otherwise_each_time_is_noticed(tmp_path: Path) -> None:
    program = """
        import threading
        from pathlib import Path

        runs = Path("runs")
        number = int(runs.read_text()) if runs.exists() else 0
        runs.write_text(str(number + 1))
        lock = threading.Lock()

        def work():
            for _ in range(1 + number % 2):
                with lock:
                    pass

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    answer = check(tmp_path, program)
    assert (answer["verdict"], answer["findings"]) == ("clean-so-far", [])


@pytest.mark.parametrize("call", ["os._exit(5)", "os.abort()", "os.execv(sys.executable, [sys.executable, '-c', ''])"])
@pytest.mark.parametrize("who", ["main", "thread"])
def test_a_program_that_ends_its_process_leaves_the_search_alive(call: str, who: str, tmp_path: Path) -> None:
    program = f"""
        import os
        import sys
        import threading

        def end():
            {call}

        thread = threading.Thread(target=end if {who == "thread"} else print)
        thread.start()
        {"threading.Event().wait()" if who == "thread" else "end()"}
    """
    answer = check(tmp_path, program)
    assert answer["verdict"] == "inconclusive", answer
    assert [place["text"] for place in answer["uncontrolled"]] == [call.partition("(")[0]]


def test_a_pipe_is_outside(tmp_path: Path) -> None:
    program = """
        import os
        import threading

        reader, writer = os.pipe()
        os.write(writer, b"x")
        thread = threading.Thread(target=os.read, args=(reader, 1))
        thread.start()
        thread.join()
        os.close(reader)
        os.close(writer)
    """
    answer = check(tmp_path, program)
    assert answer["verdict"] == "inconclusive", answer
    assert [place["text"] for place in answer["uncontrolled"]] == ["os.pipe"]


@pytest.mark.parametrize(
    "line",
    [
        "exec('global count; count += 1')",
        "print(eval('count'))",
        "import builtins; builtins.exec('count += 1', globals())",
        "run = exec; run('count += 1', globals())",
        "exec(compile('count += 1', __file__, 'exec'), globals())",
        "import types; types.FunctionType(compile('count += 1', 'text', 'exec'), globals())()",
        "import code; code.InteractiveInterpreter(globals()).runsource('count += 1')",
        "import timeit; timeit.timeit('pass', 'global count; count += 1', number=1, globals=globals())",
    ],
)
def test_nothing_is_proved_about_code_made_from_text(line: str, tmp_path: Path) -> None:
    program = f"""
        import threading

        count = 0

        def work():
            {line}

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    assert check(tmp_path, program)["verdict"] == "clean-so-far"


def test_what_is_proved_does_not_depend_on_text_that_nobody_runs(tmp_path: Path) -> None:
    program = """
        import collections
        import dataclasses
        import threading
        import types

        Pair = collections.namedtuple("Pair", "left right")

        @dataclasses.dataclass(frozen=True, slots=True)
        class Point:
            x: int

        def text():
            exec("count += 1")

        def work():
            assert Pair(1, 2).left == Point(1).x == types.FunctionType(one.__code__, globals())()

        def one():
            return 1

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    assert check(tmp_path, program)["verdict"] == "clean"


def test_a_script_may_check_a_function_of_its_own(tmp_path: Path) -> None:
    program = """
        import threading
        import raddle

        def safe():
            lock = threading.Lock()
            count = [0]

            def work():
                with lock:
                    count[0] += 1

            threads = [threading.Thread(target=work) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        print(raddle.explore(safe).verdict)
    """
    (tmp_path / "program.py").write_text(textwrap.dedent(program), encoding="utf-8")
    done = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert (done.stdout, done.returncode) == ("clean\n", 0), done.stderr


PULSE = """
    import threading
    import time

    go = threading.Event()
    waiters = [threading.Thread(target=go.wait) for _ in range(2)]
    for waiter in waiters:
        waiter.start()
    time.sleep(1)
    go.set()
    go.clear()
    for waiter in waiters:
        waiter.join()
"""


def test_an_event_that_is_set_and_cleared_releases_who_waits_already(tmp_path: Path) -> None:
    answer = check(tmp_path, PULSE)
    assert answer["verdict"] == "clean", answer


def test_an_event_that_is_set_and_cleared_releases_nobody_who_comes_later(tmp_path: Path) -> None:
    answer = check(tmp_path, PULSE.replace("time.sleep(1)", ""))
    assert [finding["kind"] for finding in answer["findings"]] == ["deadlock"], answer


HOOK = """
    import threading

    failures = []

    def note(args):
        failures.append(args.exc_value)
        {more}

    threading.excepthook = note
    worker = threading.Thread(target=lambda: 1 / 0)
    worker.start()
    worker.join()
    assert len(failures) == 1
"""


def test_an_exception_that_the_hook_deals_with_is_no_finding(tmp_path: Path) -> None:
    answer = check(tmp_path, HOOK.format(more=""))
    assert answer["verdict"] == "clean", answer


@pytest.mark.parametrize("more", ["threading.__excepthook__(args)", "raise ValueError('the hook')"])
def test_an_exception_that_the_hook_hands_on_is_a_finding(tmp_path: Path, more: str) -> None:
    answer = check(tmp_path, HOOK.format(more=more))
    assert [finding["kind"] for finding in answer["findings"]] == ["uncaught-exception"], answer
    assert ("ZeroDivisionError" if "args" in more else "ValueError") in answer["findings"][0]["text"]


UNASKED = """
    from concurrent.futures import ThreadPoolExecutor

    def work():
        raise ValueError("negative")

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
    {more}
"""


def test_an_exception_that_nobody_asks_for_is_noted(tmp_path: Path) -> None:
    answer = check(tmp_path, UNASKED.format(more=""))
    assert answer["verdict"] == "clean", answer
    [note] = answer["notes"]
    assert (note["kind"], note["file"], note["line"]) == ("unasked-exception", "program.py", 5)
    assert note["text"] == "ValueError: negative stays in its future: nobody asks for the result"


def test_an_exception_that_somebody_asks_for_is_not_noted(tmp_path: Path) -> None:
    answer = check(tmp_path, UNASKED.format(more="assert future.exception()"))
    assert (answer["verdict"], answer["notes"]) == ("clean", []), answer


TIMED = """
    import queue
    import threading
    import time
    from concurrent.futures import ThreadPoolExecutor, as_completed, wait

    lock, enough, changed = threading.Lock(), threading.Semaphore(0), threading.Condition()
    event, barrier = threading.Event(), threading.Barrier(2)
    items, room = queue.Queue(), queue.Queue(1)
    ready = []

    def together(*bodies):
        threads = [threading.Thread(target=body) for body in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def late(body):
        with threading.Lock():
            pass
        body()

    def hold():
        with lock:
            event.set()

    def wait_until_ready(timeout):
        with changed:
            return changed.wait_for(lambda: ready, timeout)

    def prepare():
        with changed:
            ready.append(1)
            changed.notify()

    def started():
        thread = threading.Thread(target=event.set)
        thread.start()
        return thread

    with ThreadPoolExecutor(1) as pool:
        {call}
"""


def _timers(tmp_path: Path, call: str) -> list[str]:
    """What the notes say of timers, where nothing ever waited in vain."""
    answer = check(tmp_path, TIMED.format(call=call), "--strategy", "dpor")
    assert answer["verdict"] == "clean", answer
    return [note["kind"] for note in answer["notes"] if note["kind"] == "timers"]


@pytest.mark.parametrize(
    "call",
    [
        "together(lambda: event.wait(5), event.set)",
        "together(event.set, lambda: late(lambda: event.wait(5)))",
        "together(lambda: items.put(1), lambda: late(lambda: items.get(timeout=5)))",
        "room.put(0); together(room.get, lambda: late(lambda: room.put(1, timeout=5)))",
        "together(hold, lambda: late(lambda: lock.acquire(timeout=5) and lock.release()))",
        "together(enough.release, lambda: late(lambda: enough.acquire(timeout=5)))",
        "together(lambda: wait_until_ready(5), prepare)",
        "together(lambda: barrier.wait(5), barrier.wait)",
        "together(lambda: time.sleep(1), event.set)",
        "started().join(5)",
        "pool.submit(event.set).result(timeout=5)",
        "wait([pool.submit(event.set)], timeout=5)",
        "list(as_completed([pool.submit(event.set)], timeout=5))",
    ],
)
def test_where_a_timeout_might_have_come_too_soon_that_is_noted(tmp_path: Path, call: str) -> None:
    assert _timers(tmp_path, call) == ["timers"]


@pytest.mark.parametrize(
    "call",
    [
        "together(lambda: event.wait(0), event.set)",
        "together(lambda: wait_until_ready(0), prepare)",
        "together(lambda: time.sleep(0), event.set)",
        "started().join(0)",
        "together(event.wait, event.set)",
        "started().join(); together(lambda: event.wait(5), items.qsize)",
        "items.put(1); together(lambda: items.get(timeout=5), event.set)",
        "together(lambda: room.put(1, timeout=5), event.set)",
        "together(lambda: lock.acquire(timeout=5) and lock.release(), event.set)",
        "time.sleep(1); together(event.set, event.set)",
    ],
)
def test_where_no_timeout_can_come_too_soon_nothing_is_noted(tmp_path: Path, call: str) -> None:
    assert _timers(tmp_path, call) == []


def test_a_timeout_that_ended_early_is_named(tmp_path: Path) -> None:
    program = """
        import threading

        ready = threading.Event()

        def prepare():
            ready.set()

        thread = threading.Thread(target=prepare)
        thread.start()
        came = ready.wait(5)
        assert came
    """
    [finding] = check(tmp_path, program, "--timing")["findings"]
    title = " ".join(finding["text"].split("\n\n")[0].split())
    assert title.endswith("(only when the timer at program.py:11 fires early)")


def test_what_happens_while_a_failure_unwinds_is_not_told_as_having_led_to_it(tmp_path: Path) -> None:
    program = """
        import queue
        import threading
        from concurrent.futures import ThreadPoolExecutor

        lock = threading.Lock()
        jobs = queue.Queue()

        def work():
            with lock:
                jobs.put(1)

        with ThreadPoolExecutor(1) as pool, lock:
            job = pool.submit(work)
            assert jobs.qsize() == 1
    """
    found = check(tmp_path, program)["findings"][0]
    assert found["kind"] == "assertion"
    assert "before" not in found["text"], found["text"]
    assert "fix" not in found["text"], found["text"]


def test_a_look_that_comes_too_early_is_told_with_the_write_that_it_should_have_waited_for(tmp_path: Path) -> None:
    program = """
        import threading

        done = 0

        def work():
            global done
            done = 1

        thread = threading.Thread(target=work)
        waiter = threading.Thread(target=thread.join)
        thread.start()
        waiter.start()
        assert done == 1
    """
    found = check(tmp_path, program)["findings"][0]
    assert found["kind"] == "assertion"
    told = "nothing orders its read of done and the write by Thread-1 (work)"
    assert told in " ".join(found["text"].split()), found["text"]
    assert "joined" not in found["text"], found["text"]


def test_a_reentrant_lock_says_who_holds_it(tmp_path: Path) -> None:
    program = """
        import threading

        lock = threading.RLock()

        def work():
            with lock:
                assert f"owner={threading.get_ident()} count=1" in repr(lock)

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    assert check(tmp_path, program)["verdict"] == "clean"


ACT = """
    import collections
    import contextlib
    import threading

    shelf, queue, names, counts = {{1: "tea"}}, collections.deque([1]), {{1}}, {{"taken": 0}}

    def work():
        {act}

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""

HARMLESS = {
    "setdefault": "if 2 not in shelf: shelf.setdefault(2, [])",
    "pop with a default": "if 1 in shelf: print(shelf.pop(1, None))",
    "discard": "if 1 in names: names.discard(1)",
    "add": "if 2 not in names: names.add(2)",
    "handled": """
        while queue:
            try:
                queue.popleft()
            except IndexError:
                break
    """,
    "suppressed": """
        if 1 in shelf:
            with contextlib.suppress(KeyError):
                del shelf[1]
    """,
}

HARMFUL = {
    "add and more": "if 2 not in names: names.add(2); print('first')",
    "discard and more": "if 1 in names: names.discard(1); print('last')",
    "or else": """
        if 2 not in names:
            names.add(2)
        else:
            print("there")
    """,
    "pop": "if 1 in shelf: shelf.pop(1)",
    "another failure is handled": """
        if 2 not in shelf:
            try:
                shelf[2] = int("2")
            except KeyError:
                pass
    """,
}


def act(lines: str) -> str:
    return ACT.format(act=textwrap.indent(textwrap.dedent(lines), " " * 8).strip())


@pytest.mark.parametrize("lines", HARMLESS.values(), ids=HARMLESS.keys())
def test_an_act_that_needs_no_test_is_no_finding(tmp_path: Path, lines: str) -> None:
    assert check(tmp_path, act(lines))["verdict"] == "clean"


@pytest.mark.parametrize("lines", HARMFUL.values(), ids=HARMFUL.keys())
def test_an_act_that_needs_its_test_is_a_finding(tmp_path: Path, lines: str) -> None:
    answer = check(tmp_path, act(lines))
    assert [finding["kind"] for finding in answer["findings"]] == ["stale-check"], answer


FILES = """
    import os
    import tempfile
    import threading

    path = os.path.join(tempfile.mkdtemp(), "count")

    def work():
        {work}

    with open(path, "w") as file:
        file.write("0")
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with open(path) as file:
        file.read()
"""


def test_what_tasks_do_with_files_is_admitted(tmp_path: Path) -> None:
    lines = """
        with open(path) as file:
            count = int(file.read())
        with open(path, "w") as file:
            file.write(str(count + 1))
    """
    answer = check(tmp_path, FILES.format(work=textwrap.indent(textwrap.dedent(lines), " " * 8).strip()))
    assert answer["verdict"] == "clean-so-far", answer
    assert answer["reasons"][0] == "accesses to shared state in files (open at program.py:9) are not seen"


def test_what_tasks_do_with_a_database_is_admitted(tmp_path: Path) -> None:
    program = """
        import sqlite3
        import threading

        shop = sqlite3.connect(":memory:", check_same_thread=False)
        threads = [threading.Thread(target=shop.execute, args=("select 1",)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    answer = check(tmp_path, program)
    assert answer["verdict"] == "clean-so-far", answer
    assert "files (sqlite3.connect at program.py:5)" in answer["reasons"][0]


@pytest.mark.parametrize("work", ["import wave, colorsys", "import logging; logging.warning('low')", "pass"])
def test_files_that_nobody_means_anything_by_are_not(tmp_path: Path, work: str) -> None:
    answer = check(tmp_path, FILES.format(work=work))
    assert (answer["verdict"], answer["reasons"]) == ("clean", []), answer


def test_who_steps_back_for_another_may_get_through_all_the_same(tmp_path: Path) -> None:
    program = """
        import threading

        one, two = threading.Lock(), threading.Lock()
        done = []

        def work(first, second):
            while True:
                with first:
                    if second.acquire(blocking=False):
                        done.append(1)
                        second.release()
                        return

        threads = [threading.Thread(target=work, args=locks) for locks in ((one, two), (two, one))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(done) == 2
    """
    answer = check(tmp_path, program, executions=2000)
    assert (answer["verdict"], answer["executions"]) == ("clean-so-far", 2000), answer


COUNTING = """
    import threading

    thread = threading.Thread(target=lambda: None)
    thread.start()
    assert {counted}
    thread.join()
"""


@pytest.mark.parametrize("counted", ["threading.active_count() == 2", "thread in threading.enumerate()", "thread.is_alive()"])
def test_a_thread_may_have_ended_when_threads_are_counted(tmp_path: Path, counted: str) -> None:
    answer = check(tmp_path, COUNTING.format(counted=counted))
    assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer


def test_a_thread_may_have_ended_before_the_next_is_started(tmp_path: Path) -> None:
    program = """
        import threading

        seen = []
        threads = [threading.Thread(target=lambda: seen.append(threading.active_count())) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert max(seen) == 3
    """
    answer = check(tmp_path, program)
    assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer


def test_threads_may_be_waited_for_by_counting_them(tmp_path: Path) -> None:
    program = COUNTING.format(counted="True").replace("thread.join()", "while threading.active_count() > 1: pass")
    assert check(tmp_path, program)["verdict"] in ("clean", "clean-so-far")


def test_the_order_of_what_handlers_do_is_open(tmp_path: Path) -> None:
    program = """
        import logging
        import threading

        kept = []

        class Keeper(logging.Handler):
            def emit(self, record):
                kept.append(record.getMessage())

        log = logging.getLogger("shop")
        log.addHandler(Keeper())
        threads = [threading.Thread(target=log.warning, args=(text,)) for text in ("one", "two")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert kept == ["one", "two"]
    """
    answer = check(tmp_path, program)
    assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer


@pytest.mark.parametrize("options", [(), ("--races",)])
def test_handlers_of_the_programs_own_have_a_lock_like_any_other(tmp_path: Path, options: tuple[str, ...]) -> None:
    program = """
        import logging
        import threading

        class Counter(logging.Handler):
            count = 0

            def emit(self, record):
                self.count += 1

        counter = Counter()
        log = logging.getLogger("shop")
        log.addHandler(counter)

        def serve():
            log.warning("served")
            counter.acquire()
            counter.count += 1
            counter.release()

        threads = [threading.Thread(target=serve) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counter.count == 4
    """
    answer = check(tmp_path, program, *options)
    # Twice two turns with the lock.
    assert (answer["verdict"], answer["distinct"], answer["findings"], answer["notes"]) == ("clean", 6, [], []), answer


@pytest.mark.parametrize("strategy", ["dpor", "dfs", "mixed"])
def test_what_a_daemon_may_have_done_by_the_end_is_tried(tmp_path: Path, strategy: str) -> None:
    program = """
        import threading

        lock = threading.Lock()
        served = []

        def serve():
            with lock:
                pass
            with lock:
                served.append(1)

        threading.Thread(target=serve, daemon=True).start()
        with lock:
            assert not served
    """
    assert check(tmp_path, program, "--strategy", strategy)["findings"][0]["kind"] == "assertion"


READ_AGAIN = """
    import threading

    lock = threading.Lock()
    number = largest = changes = 0

    {functions}

    threads = [threading.Thread(target=work, args=(step,)) for step in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    {after}
"""

TRIED_AGAIN = """
    def work(step):
        global number, changes
        with lock:
            seen, known = changes, number
        while True:
            with lock:
                if seen == changes:
                    number = known + step
                    changes += 1
                    return
                seen, known = changes, number
"""

LARGEST = """
    def work(step):
        global largest
        with lock:
            known = largest
        with lock:
            largest = max(largest, known + step)
"""

GAUGE = """
    def work(step):
        global number, largest
        with lock:
            number += 1
            largest = max(largest, number)
        with lock:
            number -= 1
"""


def reading_again(functions: str, after: str) -> str:
    functions = textwrap.indent(textwrap.dedent(functions), " " * 4).strip()
    return READ_AGAIN.format(functions=functions, after=after)


@pytest.mark.parametrize(("functions", "after"), [(TRIED_AGAIN, "assert number == 3"), (LARGEST, "assert largest >= 2")])
def test_who_has_read_again_overwrites_nothing(tmp_path: Path, functions: str, after: str) -> None:
    assert check(tmp_path, reading_again(functions, after))["verdict"] == "clean"


def test_what_was_read_again_is_not_what_failed(tmp_path: Path) -> None:
    answer = check(tmp_path, reading_again(GAUGE, "assert number == 0 and largest == 1"))
    assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer


def test_a_thread_that_fails_leads_over_what_fails_for_want_of_it(tmp_path: Path) -> None:
    program = """
        import threading

        prices = {"tea": 1, "milk": 2}
        sums = []

        def add():
            prices["sugar"] = 3

        def total():
            sums.append(sum(prices[name] for name in prices))

        threads = [threading.Thread(target=work) for work in (total, add)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sums
    """
    [found] = check(tmp_path, program)["findings"]
    assert found["kind"] == "uncaught-exception"
    assert found["text"].startswith("uncaught-exception: RuntimeError in Thread-1 (total)"), found["text"]


def test_the_value_of_a_whole_is_not_told_as_that_of_an_item(tmp_path: Path) -> None:
    program = """
        import threading

        stock = {"tea": 0}

        def work():
            known = "%(tea)s" % stock
            stock["tea"] = int(known) + 1

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert stock["tea"] == 2
    """
    [found] = check(tmp_path, program)["findings"]
    assert found["kind"] == "lost-update"
    assert 'read stock["tea"] program.py:7' in " ".join(found["text"].split()), found["text"]
    assert 'wrote stock["tea"] = 1' in " ".join(found["text"].split()), found["text"]


def test_a_test_that_fails_is_named(tmp_path: Path) -> None:
    program = """
        import threading
        import unittest

        class Tests(unittest.TestCase):
            def test_numbers(self):
                numbers = []
                threads = [threading.Thread(target=numbers.append, args=(number,)) for number in (1, 2)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                self.assertEqual(numbers, [1, 2])

        unittest.main()
    """
    [found] = check(tmp_path, program)["findings"]
    title = " ".join(found["text"].split("\n\n")[0].split())
    said = "as Tests.test_numbers failed: AssertionError: Lists differ: [2, 1] != [1, 2]"
    assert title == f"uncaught-exception: SystemExit in main: 1, {said}"
