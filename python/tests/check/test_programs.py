"""Whole programs through the command: hostile ones get a clear answer, and none finds another's traces."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import command
import pytest
from command import COMMAND, raddle, write

check = partial(command.check, executions=200)


# What is no program


@pytest.mark.parametrize("name", ["missing.py", "folder"])
def test_what_cannot_be_run_is_a_wrong_use(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    done = raddle(tmp_path, "check", name)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert name in done.stderr


def test_a_syntax_error_is_told_as_python_tells_it(tmp_path: Path) -> None:
    answer = check(tmp_path, "def f(:\n    pass\n")
    assert answer["verdict"] == "failed"
    assert "SyntaxError" in answer["reasons"][0]
    assert "line 1" in " ".join(answer["reasons"])
    assert "importer.py" not in " ".join(answer["reasons"])


@pytest.mark.parametrize("program", ["x = 1\n\0y = 2\n", "# -*- coding: nonsense -*-\n"])
def test_what_python_cannot_read_is_told_without_a_word_of_ours(program: str, tmp_path: Path) -> None:
    answer = check(tmp_path, program)
    assert answer["verdict"] == "failed"
    assert "SyntaxError" in answer["reasons"][0]
    assert "raddle" not in " ".join(answer["reasons"]).replace(str(tmp_path), "")


def test_a_package_that_cannot_be_run_says_why(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    write(tmp_path / "shop", "", "__init__.py")
    done = raddle(tmp_path, "check", "-m", "shop")
    assert done.returncode == 2
    assert done.stderr == "error: shop is a package without a __main__ module, which is what -m shop would run\n"


def test_an_empty_file_is_clean(tmp_path: Path) -> None:
    answer = check(tmp_path, "")
    assert (answer["verdict"], answer["distinct"]) == ("clean", 1)


# How a program ends


def test_an_exception_before_the_first_thread_is_the_programs_own(tmp_path: Path) -> None:
    answer = check(tmp_path, "print('so far')\nraise LookupError('at once')\n")
    assert answer["verdict"] == "failed"
    assert "LookupError: at once" in answer["reasons"][0]
    assert "so far" in " ".join(answer["reasons"])


def test_an_exit_code_other_than_zero_is_a_failure(tmp_path: Path) -> None:
    program = """
        import sys, threading
        thread = threading.Thread(target=print)
        thread.start()
        thread.join()
        sys.exit({})
    """
    assert check(tmp_path, textwrap.dedent(program).format(""))["verdict"] == "clean"
    assert check(tmp_path, textwrap.dedent(program).format("0"))["verdict"] == "clean"
    answer = check(tmp_path, textwrap.dedent(program).format("'out of stock'"))
    assert [finding["kind"] for finding in answer["findings"]] == ["uncaught-exception"]
    assert "SystemExit" in answer["findings"][0]["text"]
    assert "out of stock" in answer["findings"][0]["output"]


def test_a_program_runs_as_main_up_to_its_exit_functions(tmp_path: Path) -> None:
    program = """
        import atexit, sys, threading
        assert __name__ == "__main__" and sys.modules["__main__"].__dict__ is globals()
        assert sys.argv == ["program.py", "--fast", "x"], sys.argv
        assert __file__.endswith("program.py") and __spec__ is None
        done = []

        def late():
            done.append("thread")

        @atexit.register
        def at_exit():
            assert done == ["thread"]
            raise KeyError("seen")

        if __name__ == "__main__":
            threading.Thread(target=late).start()
    """
    answer = check(tmp_path, program, args=("--fast", "x"))
    assert answer["findings"][0]["text"].startswith("uncaught-exception: KeyError in main: 'seen'")


def test_a_module_runs_as_main(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    main = "from . import stock\nassert (__name__, __package__) == ('__main__', 'shop')\nstock.sell()\n"
    write(tmp_path / "shop", main, "__main__.py")
    write(tmp_path / "shop", "", "__init__.py")
    program = """
        import threading
        left = 2

        def take():
            global left
            left -= 1

        def sell():
            threads = [threading.Thread(target=take) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    """
    write(tmp_path / "shop", program, "stock.py")
    done = raddle(tmp_path, "check", "--format", "json", "-m", "shop")
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["kind"] == "lost-update"
    assert "shop/stock.py:7" in finding["text"]
    shown = raddle(tmp_path, *finding["replay"].split()[1:])
    assert (shown.returncode, shown.stdout) == (1, finding["text"])


# Programs that do not let go


@pytest.mark.parametrize(
    "body",
    [
        # Swallows what ends a task, again and again.
        """
        while True:
            try:
                lock.acquire()
            except BaseException:
                pass
        """,
        """
        while True:
            try:
                time.sleep(1)
            except BaseException:
                pass
        """,
        """
        try:
            lock.acquire()
            lock.acquire()
        finally:
            with lock:
                threading.Thread(target=print).start()
        """,
    ],
    ids=["acquires", "sleeps", "starts threads while it ends"],
)
def test_a_task_that_does_not_want_to_end_is_left_behind(body: str, tmp_path: Path) -> None:
    program = "import threading, time\nlock = threading.Lock()\ndef stubborn():\n"
    program += textwrap.indent(textwrap.dedent(body), "    ")
    program += "threading.Thread(target=stubborn, daemon=True).start()\ntime.sleep(5)\n"
    answer = check(tmp_path, program, "--strategy", "random")
    assert (answer["verdict"], answer["executions"]) == ("clean-so-far", 200)


def test_a_loop_that_never_reaches_a_point_is_named(tmp_path: Path) -> None:
    program = """
        import threading

        def spin():
            while True:
                try:
                    len("spin")
                except BaseException:
                    pass

        threading.Thread(target=spin).start()
    """
    answer = check(tmp_path, program)
    assert answer["verdict"] == "inconclusive"
    (reason,) = answer["reasons"]
    assert "no point was reached for 5 s" in reason
    assert "program.py:" in reason


@pytest.mark.parametrize("loop", ["while True: pass", "read(end, 1)", "for _ in iter(int, 1): lock.acquire(); lock.release()"])
def test_ctrl_c_stops_whatever_runs(loop: str, tmp_path: Path) -> None:
    write(
        tmp_path,
        f"""
        import threading
        from os import pipe, read, write
        end, other = pipe()
        lock = threading.Lock()

        def work():
            write({{}}, b"!")
            {loop}

        threading.Thread(target=work).start()
        """,
    )
    told, tell = os.pipe()
    program = tmp_path / "program.py"
    program.write_text(program.read_text(encoding="utf-8").format(tell), encoding="utf-8")
    words = [*COMMAND, "check", "--format", "json", "--time", "60", "program.py"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, pass_fds=[tell], text=True) as process:
        os.close(tell)
        assert os.read(told, 1) == b"!"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    os.close(told)
    assert process.returncode == 130
    assert json.loads(out)["interrupted"] is True


# Many


def test_two_hundred_threads(tmp_path: Path) -> None:
    program = """
        import threading
        lock, total = threading.Lock(), 0

        def add():
            global total
            with lock:
                total += 1

        threads = [threading.Thread(target=add) for _ in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert total == 200
    """
    assert check(tmp_path, program, executions=20)["verdict"] == "clean-so-far"


LOCKING = """
    import threading
    lock = threading.Lock()

    def work():
        for _ in range({}):
            with lock:
                pass

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_ten_thousand_points(tmp_path: Path) -> None:
    answer = check(tmp_path, LOCKING.format(2500), executions=10)
    assert (answer["verdict"], answer["findings"]) == ("clean-so-far", [])
    assert answer["points"] > 10 * 5_000


# What cannot be controlled


@pytest.mark.parametrize(
    ("program", "what"),
    [
        ("import os\nif not os.fork():\n    os._exit(0)\nos.wait()\n", "os.fork"),
        ("import os\nif os.fork():\n    os.wait()\n", "os.fork"),
        ("import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''], timeout=60)\n", "subprocess.Popen"),
        ("import socket\none, other = socket.socketpair()\none.send(b'x')\nother.recv(1)\n", "socket.socket"),
        ("import asyncio\nasync def main():\n    await asyncio.sleep(0.001)\nasyncio.run(main())\n", "asyncio.run"),
        ("import select\nselect.select([], [], [], 0)\n", "select.select"),
        ("import ctypes\nctypes.CDLL(None).usleep(1000)\n", "usleep through ctypes"),
        ("from ctypes import CDLL\nsleep = CDLL(None)['usleep']\nsleep(1)\n", "usleep through ctypes"),
        ("import ctypes\nctypes.pythonapi.Py_IncRef(ctypes.py_object(''))\n", "Py_IncRef through ctypes"),
        ("import ctypes\nctypes.CFUNCTYPE(None)(lambda: None)()\n", "a function pointer through ctypes"),
    ],
    ids=[
        *("fork", "fork and return", "subprocess", "socket", "asyncio", "select"),
        *("ctypes", "ctypes by name", "ctypes.pythonapi", "ctypes pointer"),
    ],
)
def test_what_cannot_be_controlled_happens_and_is_said(program: str, what: str, tmp_path: Path) -> None:
    answer = check(tmp_path, program + "print('done')\n")
    assert answer["verdict"] == "inconclusive"
    assert [place["text"] for place in answer["uncontrolled"]] == [what]
    assert answer["uncontrolled"][0]["file"] == "program.py"
    assert answer["findings"] == []


def test_a_library_that_is_only_loaded_is_not_told(tmp_path: Path) -> None:
    program = """
        import ctypes
        import ctypes.util
        import threading

        class Point(ctypes.Structure):
            _fields_ = [("x", ctypes.c_int)]

        libc = ctypes.CDLL(None)
        libc.usleep.argtypes = [ctypes.c_uint]
        libc.usleep.restype = ctypes.c_int
        compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)(lambda x: x)
        assert isinstance(libc.usleep, ctypes._CFuncPtr) and isinstance(compare, ctypes._CFuncPtr)
        assert libc.usleep.__name__ == "usleep" and ctypes.cast(compare, ctypes.c_void_p).value
        text = ctypes.create_string_buffer(b"word")
        assert ctypes.string_at(ctypes.addressof(text)) == b"word"
        other = ctypes.create_string_buffer(4)
        ctypes.memmove(other, text, 4)
        assert other.raw == b"word" and Point(1).x == 1 and ctypes.sizeof(Point) == 4
        thread = threading.Thread(target=print)
        thread.start()
        thread.join()
    """
    answer = check(tmp_path, program)
    assert (answer["verdict"], answer["uncontrolled"]) == ("clean", [])


def test_a_destructor_that_raises_harms_nobody(tmp_path: Path) -> None:
    program = """
        import threading

        class Bad:
            def __del__(self):
                raise ValueError("in a destructor")

        def work():
            Bad()

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        cycle = Bad()
        cycle.itself = cycle
    """
    write(tmp_path, program)
    done = raddle(tmp_path, "check", "program.py")
    assert done.returncode == 0
    assert done.stdout.startswith("clean: the only interleaving")
    assert "in a destructor" not in done.stderr


# Safe on fibers


def test_endless_recursion_raises_in_a_thread(tmp_path: Path) -> None:
    program = """
        import json, threading

        class Endless:
            def __eq__(self, other):
                return self == other
            def __repr__(self):
                return repr(self)

        def raises(function, *args):
            try:
                function(*args)
            except RecursionError:
                return True
            return False

        def work():
            deep = []
            for _ in range(100_000):
                deep = [deep]
            assert raises(lambda: Endless() == Endless())
            assert raises(repr, Endless())
            assert raises(json.dumps, deep)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """
    assert check(tmp_path, program)["verdict"] == "clean"


def test_tasks_switch_inside_calls_from_c(tmp_path: Path) -> None:
    program = """
        import ctypes, threading
        lock = threading.Lock()
        Compare = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.POINTER(ctypes.c_int)] * 2)

        @Compare
        def compare(one, other):
            with lock:
                return one[0] - other[0]

        def key(value):
            with lock:
                return -value

        def work():
            numbers = (ctypes.c_int * 4)(3, 1, 2, 0)
            ctypes.CDLL(None).qsort(numbers, 4, ctypes.sizeof(ctypes.c_int), compare)
            assert list(numbers) == [0, 1, 2, 3]
            assert sorted(range(3), key=key) == [2, 1, 0]

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    answer = check(tmp_path, program, "--strategy", "random")
    assert (answer["verdict"], answer["findings"]) == ("inconclusive", [])
    assert [(place["text"], place["line"]) for place in answer["uncontrolled"]] == [("qsort through ctypes", 17)]
    assert answer["distinct"] > 50


def test_exceptions_contexts_and_generators_belong_to_their_task(tmp_path: Path) -> None:
    program = """
        import contextvars, sys, threading
        lock = threading.RLock()
        who = contextvars.ContextVar("who", default=0)
        inside = []

        def steps():
            for step in range(2):
                with lock:
                    yield step

        def work(number):
            assert who.get() == 0
            who.set(number)
            for _ in steps():
                assert not inside
                inside.append(number)
                with lock:
                    pass
                assert inside.pop() == number
            try:
                raise ValueError(number)
            except ValueError as e:
                with lock:
                    pass
                assert sys.exc_info()[1] is e
            assert who.get() == number

        threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert who.get() == 0
    """
    assert check(tmp_path, program)["verdict"] == "clean"


def test_a_module_is_imported_once_by_two_tasks(tmp_path: Path) -> None:
    write(tmp_path, "import threading\nlock = threading.Lock()\nwith lock:\n    value = [1]\n", "lazy.py")
    program = """
        import threading
        seen = []

        def work():
            import lazy
            seen.append(lazy.value)

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert seen[0] is seen[1]
    """
    assert check(tmp_path, program)["verdict"] == "clean"


# Every execution starts from the same state


@pytest.mark.parametrize(
    "register",
    [
        "atexit.register(done)",
        "atexit.register(partial(done))",
        "stack = ExitStack(); stack.callback(done); atexit.register(stack.close)",
        "weakref.finalize(done, lambda: done())",
        "atexit.register(atexit.register, done)",
    ],
)
def test_whatever_a_program_registers_for_its_end_runs_at_the_end_of_each_execution(tmp_path: Path, register: str) -> None:
    program = """
        import atexit, threading, weakref
        from contextlib import ExitStack
        from functools import partial

        order = []

        def done():
            assert order in ([1, 2], {other})
            print("done", flush=True)

        {register}
        for number in (1, 2):
            threading.Thread(target=order.append, args=(number,)).start()
    """
    fixed, buggy = (textwrap.dedent(program).format(register=register, other=other) for other in ([2, 1], []))
    write(tmp_path, fixed)
    # Nothing is left for the end of the process, where the output is not an execution's.
    assert "done" not in raddle(tmp_path, "check", "program.py", "--strategy", "dpor").stdout
    assert check(tmp_path, fixed, "--strategy", "dpor")["verdict"] == "clean"
    answer = check(tmp_path, buggy, "--strategy", "dpor")
    assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer


def test_a_thread_may_be_started_for_nothing_but_to_register_what_runs_at_the_end(tmp_path: Path) -> None:
    program = """
        import _thread, atexit, threading, time

        _thread.start_new_thread(atexit.register, (threading.Event().set,))
        time.sleep(1)
    """
    assert check(tmp_path, program, "--strategy", "dpor")["findings"] == []


def test_an_execution_finds_nothing_of_the_one_before(tmp_path: Path) -> None:
    write(tmp_path, "touched = False\n", "helper.py")
    program = """
        import atexit, builtins, logging, os, random, signal, sys, threading, warnings
        from concurrent.futures import ThreadPoolExecutor
        from pathlib import Path
        import helper

        assert "RADDLE_TEST" not in os.environ
        os.environ["RADDLE_TEST"] = "1"
        assert "program.py" in os.listdir()
        os.chdir("/")
        assert random.random() == 0.8444218515250481
        assert not logging.root.handlers and logging.getLogger("shop").level == 0
        logging.basicConfig()
        logging.getLogger("shop").setLevel(10)
        assert "raddle-test" not in str(warnings.filters)
        warnings.filterwarnings("ignore", "raddle-test")
        assert not hasattr(builtins, "raddle_test")
        builtins.raddle_test = 1
        assert "/nowhere" not in sys.path
        sys.path.append("/nowhere")
        assert sys.getrecursionlimit() == 1000
        sys.setrecursionlimit(2000)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        signal.signal(signal.SIGTERM, print)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        assert sys.excepthook is sys.__excepthook__
        sys.excepthook = print
        assert threading.Thread().name == "Thread-1"
        assert threading.active_count() == 1
        assert threading.current_thread().name == "MainThread"
        threading.current_thread().name = "changed"
        assert not helper.touched
        helper.touched = True
        lock = threading.Lock()

        def work():
            with lock:
                pass
            try:
                signal.signal(signal.SIGTERM, print)
            except ValueError:
                return
            raise AssertionError("only the main thread may do that")

        with ThreadPoolExecutor(2) as pool:
            assert pool._thread_name_prefix == "ThreadPoolExecutor-0"
            for future in [pool.submit(work) for _ in range(2)]:
                future.result()
    """
    answer = check(tmp_path, program, "--strategy", "random")
    assert (answer["verdict"], answer["executions"]) == ("clean-so-far", 200)


def test_memory_stays_flat_and_nothing_is_left_over(tmp_path: Path) -> None:
    program = """
        import resource, sys, threading

        class Node:
            pass

        def work():
            node = Node()
            node.itself, node.load = node, bytearray(10_000)
            threading.current_thread().node = node

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert peak < 120_000, peak
    """
    answer = check(tmp_path, program, "--strategy", "random", executions=5000)
    assert (answer["verdict"], answer["executions"]) == ("clean-so-far", 5000)


# Time


def test_nothing_really_sleeps(tmp_path: Path) -> None:
    program = """
        import threading, time
        started = time.monotonic(), time.time(), time.perf_counter_ns()

        def late():
            time.sleep(3600)
            order.append("late")

        order = []
        thread = threading.Thread(target=late)
        thread.start()
        assert not threading.Event().wait(1800)
        order.append("early")
        thread.join()
        assert order == ["early", "late"]
        assert 3600 <= time.monotonic() - started[0] < 3610
        assert 3600 <= time.time() - started[1] < 3610
        assert 3600e9 <= time.perf_counter_ns() - started[2] < 3610e9
    """
    assert check(tmp_path, program)["verdict"] == "clean"


# What two threads do, and how many interleavings that has.
TIMED = {
    "who sleeps longer goes on later": (
        """
        def one():
            time.sleep(1)
            with lock:
                pass

        def other():
            time.sleep(2)
            with lock:
                pass
        """,
        1,
    ),
    "who sleeps as long goes on in either order": (
        """
        def one():
            time.sleep(1)
            with lock:
                pass

        other = one
        """,
        2,
    ),
    "who holds a lock for longer than others wait has had it first or last": (
        """
        def one():
            with lock:
                time.sleep(2)

        def other():
            if lock.acquire(timeout=1):
                lock.release()
        """,
        2,
    ),
    # Or as the other's time is up: then it is got, or not.
    "who holds a lock for as long as others wait has had it first or last": (
        """
        def one():
            with lock:
                time.sleep(1)

        def other():
            if lock.acquire(timeout=1):
                lock.release()
        """,
        3,
    ),
    # One after the other; each has one lock, and one of them gives up before the other, who gets both, or both do.
    "who waits for crossed locks gets both or gives up": (
        """
        second = threading.Lock()

        def cross(mine, theirs):
            with mine:
                if theirs.acquire(timeout=1):
                    theirs.release()

        def one():
            cross(lock, second)

        def other():
            cross(second, lock)
        """,
        5,
    ),
    "what is put as time is up is got or not": (
        """
        items = queue.Queue()

        def one():
            try:
                items.get(timeout=1)
            except queue.Empty:
                pass

        def other():
            time.sleep(1)
            items.put(None)
        """,
        2,
    ),
}


@pytest.mark.parametrize(("tasks", "count"), TIMED.values(), ids=TIMED.keys())
def test_interleavings_in_time_are_counted_exactly(tasks: str, count: int, tmp_path: Path) -> None:
    program = """
import queue, threading, time
lock = threading.Lock()
{tasks}
threads = [threading.Thread(target=task) for task in (one, other)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
    for strategy in ("dpor", "dfs"):
        answer = check(tmp_path, program.format(tasks=textwrap.dedent(tasks)), "--strategy", strategy)
        assert (answer["verdict"], answer["exhausted"], answer["distinct"]) == ("clean", True, count), answer
        if strategy == "dpor":
            assert (answer["executions"], answer["redundant"]) == (count, 0), answer


# `raddle run`


def test_a_native_run_is_as_plain_python(tmp_path: Path) -> None:
    program = """
        import atexit, queue, sys, threading
        from concurrent.futures import ThreadPoolExecutor
        print(__name__, __file__, sys.argv, __spec__, sys.path[0])
        atexit.register(print, "bye")
        thread = threading.Thread(target=print, args=("thread",))
        thread.start()
        thread.join()
        with ThreadPoolExecutor(2) as pool:
            print(list(pool.map(abs, [-1, 2])))

        def fail():
            raise KeyError("in a thread")

        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
        sys.exit("the end")
    """
    write(tmp_path, program)
    plain = subprocess.run([sys.executable, "program.py", "a"], cwd=tmp_path, capture_output=True, text=True, check=False)
    ours = raddle(tmp_path, "run", "program.py", "a")
    assert (ours.returncode, ours.stdout, ours.stderr) == (plain.returncode, plain.stdout, plain.stderr)


def test_a_native_run_fails_as_plain_python(tmp_path: Path) -> None:
    write(tmp_path, "def f():\n    raise ValueError('no')\nf()\n")
    plain = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    ours = raddle(tmp_path, "run", "program.py")
    assert (ours.returncode, ours.stdout, ours.stderr) == (plain.returncode, plain.stdout, plain.stderr)


# What is watched lives no longer for that


def test_destructors_run_when_plain_python_runs_them(tmp_path: Path) -> None:
    program = """
        import threading
        lock = threading.Lock()

        class Held:
            def __init__(self, lock):
                self.lock = lock
                self.lock.acquire()
            def __del__(self):
                self.lock.release()

        def work():
            held = Held(lock)
            held.lock = held.lock
            if held.lock is not None:
                held.lock = lock
            del held
            kept = [Held(lock)]
            if kept:
                kept.pop()
            Held(lock)

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    assert check(tmp_path, program, executions=1000)["findings"] == []


def test_an_address_that_is_used_again_is_another_place(tmp_path: Path) -> None:
    program = """
        import threading

        class Box:
            def __init__(self):
                self.value = 0

        def work():
            for _ in range(100):
                box = Box()
                box.value += 1
                box.value -= 1
                items = [0]
                items[0] += 1

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    answer = check(tmp_path, program, "--races")
    assert (answer["verdict"], answer["distinct"]) == ("clean", 1)


def test_a_report_holds_no_address(tmp_path: Path) -> None:
    program = """
        import threading

        class Thing:
            pass

        def work():
            raise ValueError(f"no {Thing()} here")

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    """
    (finding,) = check(tmp_path, program)["findings"]
    assert "no <__main__.Thing object at 0x…> here" in finding["text"]


# What is not seen


def test_an_installed_package_is_seen_only_if_it_is_included(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "counting"
    package.mkdir(parents=True)
    text = """
        class Counter:
            def __init__(self):
                self.count = 0

            def bump(self):
                self.count = self.count + 1
    """
    write(package, text, "__init__.py")
    program = """
        import sys, threading
        sys.path.append("site-packages")
        from counting import Counter
        counter = Counter()
        threads = [threading.Thread(target=counter.bump) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    """
    answer = check(tmp_path, program)
    assert (answer["verdict"], answer["exhausted"]) == ("clean-so-far", True)
    assert "the installed package counting" in answer["reasons"][0]
    included = check(tmp_path, program, "--include", "counting")
    assert [finding["kind"] for finding in included["findings"]] == ["lost-update"]


def test_a_package_to_be_watched_that_does_not_exist_is_named(tmp_path: Path) -> None:
    names = ("json", "shop.till", "nosuch", "nosuch.part")
    words = [word for name in names for word in ("--include", name)]
    answer = check(tmp_path, "import threading\n", *words, modules={"shop": "value = 1\n"})
    assert answer["verdict"] == "clean"
    told = [(note["kind"], note["text"].split(":")[0]) for note in answer["notes"]]
    assert told == [("include", "there is no package nosuch"), ("include", "there is no package nosuch.part")]


def test_a_module_from_elsewhere_is_admitted(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "other").mkdir()
    write(tmp_path / "other", "value = 1\n", "elsewhere.py")
    answer = check(tmp_path / "project", "import sys\nsys.path.append('../other')\nimport elsewhere\n")
    assert answer["verdict"] == "clean-so-far"
    assert "module elsewhere are not seen" in answer["reasons"][0]


# What an execution leaves behind


PATCHES = {
    "a builtin": "assert 'lambda' not in repr(print); plain = print; builtins.print = lambda *words: plain('loud', *words)",
    "a new builtin": "assert not hasattr(builtins, 'shout'); builtins.shout = print",
    "a class": "assert not hasattr(logging.Logger, 'trace'); logging.Logger.trace = logging.Logger.debug",
    "a method": """
        plain = threading.Thread.run
        assert plain.__qualname__ == 'Thread.run', plain
        def run(self):
            plain(self)
        threading.Thread.run = run
    """,
    "by setattr": "assert not hasattr(sys, 'shop'); setattr(sys, 'shop', 1)",
    "deleted": "assert json.dumps; del json.dumps",
    "the mask for new files": "assert os.umask(0o77) != 0o77",
    "how text is written": "assert sys.stdout.errors == 'strict'; sys.stdout.reconfigure(errors='replace')",
    "what was printed": "assert sys.stdout.buffer.getvalue() == b''; print('loud')",
    "where it was printed": "assert sys.stdout.buffer.tell() == 0; sys.stdout.buffer.seek(7)",
    "a stream without its buffer": "assert sys.stdout.detach()",
    "a stream with a mark": "assert not hasattr(sys.stderr, 'mark'); sys.stderr.mark = 1",
    "a closed stream": "assert not sys.stdin.closed; sys.stdin.close()",
    "a stream that was read": "assert sys.stdin.buffer.raw.read(1) == b''; sys.stdin.buffer.raw.close()",
}


@pytest.mark.parametrize("patch", PATCHES.values(), ids=PATCHES.keys())
def test_what_a_program_patches_is_put_back(patch: str, tmp_path: Path) -> None:
    program = """
import builtins, json, logging, os, sys, threading
{patch}
lock = threading.Lock()
def work():
    with lock:
        pass
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
    answer = check(tmp_path, program.format(patch=textwrap.dedent(patch)))
    assert (answer["verdict"], answer["distinct"]) == ("clean", 2), answer


def test_the_readme_shows_what_its_example_says(tmp_path: Path) -> None:
    project = Path(__file__).parents[3]
    (tmp_path / "examples").mkdir()
    shutil.copy(project / "examples/store.py", tmp_path / "examples")
    shown = (project / "README.md").read_text(encoding="utf-8").partition("```text\n")[2].partition("```")[0]
    assert raddle(tmp_path, "check", "examples/store.py").stdout == shown


def test_an_assertion_without_a_message_is_told_without_one(tmp_path: Path) -> None:
    assert check(tmp_path, "assert 0")["reasons"][0].startswith("AssertionError at program.py:1")


def test_an_execution_that_is_cut_off_is_not_said_to_end_before_its_threads(tmp_path: Path) -> None:
    notes = check(tmp_path, LOCKING.format(3), "--strategy", "dpor", "--step-bound", "3")["notes"]
    assert [note["text"].partition(":")[0] for note in notes] == ["an execution is cut off"], notes
