"""A program under `raddle run` says what it says under Python, and ends as it ends there."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PROGRAMS = {
    "threads that wait at the exit": """
        import atexit, sys, threading
        atexit.register(print, "exit")
        gates = [threading.Event() for _ in range(3)]

        def body(number):
            gates[number].wait()
            print("thread", number)
            gates[number - 1].set()

        for number in range(3):
            threading.Thread(target=body, args=[number]).start()
        threading._register_atexit(gates[2].set)
        print("main")
        sys.exit(3)
    """,
    "a queue whose reader outlives the program": """
        import queue, threading
        items = queue.Queue()

        def read():
            while (item := items.get()) is not None:
                print(item)
                items.task_done()
            print("end")

        threading.Thread(target=read).start()
        for item in range(3):
            items.put(item)
        threading._register_atexit(items.put, None)
        items.join()
    """,
    "daemon threads that wait for ever": """
        import atexit, queue, threading
        from concurrent.futures import Future
        atexit.register(print, "exit")
        lock, condition = threading.Lock(), threading.Condition()
        lock.acquire()

        def in_condition():
            with condition:
                condition.wait()

        def begin(wait):
            started = threading.Event()

            def body():
                started.set()
                wait()
                print("never")

            threading.Thread(target=body, daemon=True).start()
            started.wait()

        for wait in (
            lock.acquire, lambda: lock.acquire(timeout=1000), in_condition, threading.Event().wait,
            lambda: threading.Event().wait(1000), threading.Semaphore(0).acquire, threading.Barrier(2).wait,
            queue.Queue().get, queue.SimpleQueue().get, Future().result,
        ):
            begin(wait)
        print("main")
    """,
    "unfinished pools": """
        import atexit, threading
        from concurrent.futures import ThreadPoolExecutor
        atexit.register(print, "exit")
        gate, pool = threading.Event(), ThreadPoolExecutor(1)
        pool.submit(gate.wait)
        for number in range(3):
            pool.submit(print, "job", number)

        def late():
            try:
                pool.submit(print, "never")
            except RuntimeError as e:
                print("late:", e)
            gate.set()

        threading._register_atexit(late)
        print("main")
        raise SystemExit("a message")
    """,
    "a pool made after the end": """
        import threading
        from concurrent.futures import ThreadPoolExecutor

        def body():
            threading.main_thread().join()
            try:
                with ThreadPoolExecutor(1) as pool:
                    print(pool.submit(pow, 2, 3).result())
            except RuntimeError as e:
                print("late:", e)

        threading.Thread(target=body).start()
    """,
    "exceptions in a thread and in the program": """
        import threading

        def body():
            raise ValueError("in the thread")

        thread = threading.Thread(target=body, name="T")
        thread.start()
        thread.join()
        raise KeyError("in the program")
    """,
    "asyncio": """
        import asyncio, contextvars, threading
        from concurrent.futures import Future, ThreadPoolExecutor
        variable = contextvars.ContextVar("variable", default=0)

        async def main():
            loop = asyncio.get_running_loop()
            variable.set(5)
            print(await asyncio.to_thread(variable.get))
            print(await asyncio.gather(*(loop.run_in_executor(None, pow, 2, n) for n in range(5))))

            future = Future()
            threading.Thread(target=future.set_result, args=["wrapped"]).start()
            print(await asyncio.wrap_future(future))

            future = Future()
            wrapped = asyncio.wrap_future(future)
            wrapped.cancel()
            try:
                await wrapped
            except asyncio.CancelledError:
                await asyncio.sleep(0)
                print("cancelled", future.cancelled())

            future = Future()
            wrapped = asyncio.wrap_future(future)
            assert future.set_running_or_notify_cancel()
            future.set_exception(OSError("no"))
            try:
                await wrapped
            except OSError as e:
                print("raised", e)

            future = asyncio.run_coroutine_threadsafe(asyncio.sleep(0, "a coroutine's"), loop)
            print(await asyncio.to_thread(future.result))

            gate = threading.Event()
            with ThreadPoolExecutor(1) as pool:
                first, second = loop.run_in_executor(pool, gate.wait), loop.run_in_executor(pool, print, "never")
                print(second.cancel(), second.cancelled())
                await asyncio.sleep(0)
                gate.set()
                print(await first)

            gate = threading.Event()
            try:
                await asyncio.wait_for(asyncio.to_thread(gate.wait), 0.001)
            except TimeoutError:
                print("timed out")
            gate.set()

        asyncio.run(main())
        asyncio.run(asyncio.to_thread(print, "another loop"))
    """,
    "logging": """
        import logging, logging.handlers, queue, sys, threading
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(threadName)s: %(message)s"))
        records = queue.Queue()
        listener = logging.handlers.QueueListener(records, handler)
        listener.start()
        logger = logging.getLogger("program")
        logger.setLevel(logging.INFO)
        logger.addHandler(logging.handlers.QueueHandler(records))
        for number in range(5):
            thread = threading.Thread(target=logger.info, args=["number %d", number], name=f"T{number}")
            thread.start()
            thread.join()
        listener.stop()
        logger.handlers = [logging.handlers.MemoryHandler(10, target=handler)]
        logger.warning("kept until the exit")
        logging.getLogger().error("last resort")
    """,
    "unittest": """
        import asyncio, queue, threading, unittest
        from unittest import mock

        class Asynchronous(unittest.IsolatedAsyncioTestCase):
            async def test_threads(self):
                # A busy machine is no finding.
                asyncio.get_running_loop().slow_callback_duration = 60
                self.assertEqual(await asyncio.to_thread(pow, 2, 2), 4)

        class Synchronous(unittest.TestCase):
            def test_subtests(self):
                for number in range(3):
                    with self.subTest(number=number):
                        event = threading.Event()
                        threading.Thread(target=event.set).start()
                        self.assertTrue(event.wait())

            def test_mocks(self):
                with mock.patch("threading.Lock", autospec=True) as lock:
                    threading.Lock()
                lock.assert_called_once_with()
                mock.create_autospec(threading.Event)().set()
                items = mock.Mock(spec=queue.Queue)
                items.get.return_value = 3
                self.assertEqual(items.get(), 3)
                with self.assertRaises(AttributeError):
                    items.nothing

            def test_that_fails(self):
                self.assertTrue(queue.Queue().empty())
                self.assertTrue(threading.Event().is_set())

        result = unittest.main(exit=False, testRunner=unittest.TextTestRunner(open("/dev/null", "w"))).result
        print(result, [name.id() for name, _ in result.failures])
        print(result.failures[0][1])
    """,
}


def ends(*words: str, at: Path) -> tuple[int, str, str]:
    """How a process ends, and what it says."""
    done = subprocess.run([sys.executable, "-P", *words], cwd=at, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def compared(at: Path, program: str) -> tuple[tuple[int, str, str], tuple[int, str, str]]:
    """How a program ends under Python, and how under `raddle run`."""
    (at / "program.py").write_text(textwrap.dedent(program))
    path = str(at / "program.py")
    return ends(path, at=at), ends("-m", "raddle", "run", path, at=at)


@pytest.mark.parametrize("what", PROGRAMS)
def test_a_program_ends_as_under_python(what: str, tmp_path: Path) -> None:
    theirs, ours = compared(tmp_path, PROGRAMS[what])
    assert ours == theirs
    assert "".join(theirs[1:]), "it says something"


def test_a_program_that_ctrl_c_ends_dies_of_the_signal(tmp_path: Path) -> None:
    program = """
        import atexit, os, signal, threading
        signal.signal(signal.SIGINT, signal.default_int_handler)
        atexit.register(print, "exit")
        thread = threading.Thread(target=os.kill, args=[os.getpid(), signal.SIGINT])
        thread.start(), threading.Event().wait()
    """
    theirs, ours = compared(tmp_path, program)
    assert ours[:2] == theirs[:2] == (-2, "exit\n")
    # The signal comes in one line or the next, and the waits of the standard library have lines of their own.
    assert [ours[2].splitlines()[line] for line in (0, -1)] == [theirs[2].splitlines()[line] for line in (0, -1)]
    assert ours[2].splitlines()[-1] == theirs[2].splitlines()[-1] == "KeyboardInterrupt"
    assert "raddle" not in ours[2]


def test_a_program_that_ctrl_c_ends_tells_its_own_hook_once(tmp_path: Path) -> None:
    program = """
        import sys
        sys.excepthook = lambda kind, value, traceback: print("hook", kind.__name__, value)
        raise KeyboardInterrupt("stop")
    """
    theirs, ours = compared(tmp_path, program)
    assert ours == theirs == (-2, "hook KeyboardInterrupt stop\n", "")
