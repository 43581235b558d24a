"""What only a whole process shows: signals, forks, the exit, and the primitives in the standard library's place."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest


def run(*parts: str) -> str:
    """What a program prints, in a process of its own, if it ends well."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-W", "ignore", "-c", "".join(map(textwrap.dedent, parts))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


WAITS = {
    "lock": "lock = threading.Lock(); lock.acquire(); wait = lock.acquire",
    "timed lock": "lock = threading.Lock(); lock.acquire(); wait = lambda: lock.acquire(timeout=3600)",
    "rlock": "lock = threading.RLock(); in_thread(lock.acquire); wait = lock.acquire",
    "condition": "condition = threading.Condition(); condition.acquire(); wait = condition.wait",
    "foreign lock": "condition = threading.Condition(Foreign()); condition.acquire(); wait = condition.wait",
    "semaphore": "wait = threading.Semaphore(0).acquire",
    "event": "wait = threading.Event().wait",
    "barrier": "wait = threading.Barrier(2).wait",
    "get": "wait = queue.Queue().get",
    "put": "made = queue.Queue(1); made.put(1); wait = lambda: made.put(2)",
    "join": "made = queue.Queue(); made.put(1); wait = made.join",
    "priority queue": "wait = queue.PriorityQueue().get",
    "simple queue": "wait = queue.SimpleQueue().get",
    "future": "wait = futures.Future().result",
    "wait": "wait = lambda: futures.wait([futures.Future()])",
    "as_completed": "wait = lambda: next(futures.as_completed([futures.Future()]))",
}


@pytest.mark.parametrize("what", WAITS)
def test_a_signal_interrupts_a_wait(what: str) -> None:
    program = """
        import signal, threading as theirs
        from raddle import threading, queue
        from raddle.concurrent import futures

        class Foreign:
            def __init__(self): self.lock = theirs.Lock()
            def acquire(self, *args): return self.lock.acquire(*args)
            def release(self): self.lock.release()

        def in_thread(body):
            thread = theirs.Thread(target=body)
            thread.start()
            thread.join()

        class Stop(Exception): pass
        waiting = False

        def stop(*_):
            global waiting
            if waiting:
                waiting = False
                raise Stop

        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
        WAIT
        try:
            waiting = True
            wait()
        except Stop:
            signal.setitimer(signal.ITIMER_REAL, 0)
            print("stopped")
    """
    assert run(program.replace("WAIT", WAITS[what])) == "stopped\n"


def test_a_handler_that_raises_nothing_does_not_end_a_wait() -> None:
    program = """
        import signal
        from raddle import threading
        event, seen = threading.Event(), []

        def handle(*_):
            seen.append(1)
            if len(seen) == 3:
                event.set()

        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        waited = event.wait()
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(waited, len(seen) >= 3)
    """
    assert run(program) == "True True\n"


def test_a_handler_that_ends_the_wait_and_raises_does_both() -> None:
    program = """
        import os, signal, threading as theirs
        from raddle import threading
        class Stop(Exception): pass
        event, waiting = threading.Event(), False

        def handle(*_):
            if waiting:
                event.set()
                raise Stop

        signal.signal(signal.SIGALRM, handle)
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        try:
            waiting = True
            event.wait()
            for _ in range(10): pass
        except Stop:
            signal.setitimer(signal.ITIMER_REAL, 0)
            print("raised", event.is_set())
    """
    assert run(program) == "raised True\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_the_child_of_a_fork_has_no_waiters_and_can_have_its_own() -> None:
    program = """
        import os, threading as theirs
        from raddle import threading

        def wait():
            with condition:
                condition.wait()

        def fill(condition):
            threads = [theirs.Thread(target=wait, daemon=True) for _ in range(40)]
            for thread in threads:
                thread.start()
            while not repr(condition).endswith(", 40)>"):
                pass
            return threads

        condition = threading.Condition()
        mine = fill(condition)
        child = os.fork()
        if child == 0:
            condition._at_fork_reinit()
            assert repr(condition).endswith(", 0)>")
            mine = fill(condition)
        with condition:
            condition.notify_all()
        for thread in mine:
            thread.join()
        if child == 0:
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    assert run(program) == "0\n"


def test_the_interpreter_waits_for_pools_as_it_exits() -> None:
    program = """
        from raddle import threading
        from raddle.concurrent import futures
        gate = threading.Event()
        pool = futures.ThreadPoolExecutor(1)
        pool.submit(gate.wait)
        pool.submit(print, "ran")
        gate.set()
    """
    assert run(program) == "ran\n"


INSTALLED = """
    import raddle
    raddle.install()
    raddle.install()
    import asyncio, concurrent.futures, logging, multiprocessing, queue, threading
    from concurrent.futures import ThreadPoolExecutor, as_completed, wait
    from raddle import threading as ours, queue as our_queue
    from raddle.concurrent import futures as our_futures

    assert threading.Lock is ours.Lock and threading.Event is ours.Event and threading.Barrier is ours.Barrier
    assert queue.Queue is our_queue.Queue and queue.ShutDown is our_queue.ShutDown
    assert ThreadPoolExecutor is our_futures.ThreadPoolExecutor and wait is our_futures.wait
    assert concurrent.futures.thread.ThreadPoolExecutor is ThreadPoolExecutor
"""


def test_the_primitives_take_the_standard_librarys_place() -> None:
    program = """
        timer = threading.Timer(0, print, ["timer"])
        assert isinstance(timer.finished, ours.Event)
        timer.start()
        timer.join()
        logging.getLogger("x").addHandler(logging.StreamHandler())
        with ThreadPoolExecutor(2) as pool:
            print(sorted(future.result() for future in as_completed([pool.submit(pow, n, 2) for n in range(4)])))

        async def main():
            return await asyncio.to_thread(pow, 2, 10), await asyncio.get_running_loop().run_in_executor(None, abs, -1)

        print(asyncio.run(main()))
        items = multiprocessing.Queue()
        items.put("through a pipe")
        print(items.get())
        items.close()
        items.join_thread()
    """
    assert run(INSTALLED, program) == "timer\n[0, 1, 4, 9]\n(1024, 1)\nthrough a pipe\n"


def test_a_process_pool_works_with_futures_of_ours() -> None:
    program = """
        if __name__ == "__main__":
            context = multiprocessing.get_context("fork")
            with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
                future = pool.submit(pow, 2, 5)
                assert isinstance(future, our_futures.Future)
                print(future.result(), list(pool.map(abs, [-1, -2])))
    """
    assert run(INSTALLED, program) == "32 [1, 2]\n"


def test_a_destructor_that_runs_as_the_interpreter_is_taken_apart_may_use_everything() -> None:
    program = """
        import os
        from raddle import queue, threading
        from raddle.concurrent import futures

        class Last:
            def __init__(self):
                self.locks = [threading.Lock(), threading.RLock(), threading.Semaphore(), threading.Condition()]
                self.queues = [queue.Queue(1), queue.LifoQueue(), queue.PriorityQueue(), queue.SimpleQueue()]
                self.event, self.barrier, self.future = threading.Event(), threading.Barrier(1), futures.Future()

            def __del__(self, write=os.write):
                for lock in self.locks:
                    for arguments in {}, {"timeout": 0.001}, {"blocking": False}:
                        assert lock.acquire(**arguments) is True
                        lock.release()
                    with lock:
                        pass
                for each in self.queues:
                    for arguments in {}, {"block": False}, {"timeout": 0.001}:
                        each.put(1, **arguments)
                        assert each.get(**arguments) == 1
                    assert each.empty()
                assert not self.event.wait(0.001)
                self.event.set()
                assert self.event.wait() and self.barrier.wait() == 0
                self.future.add_done_callback(lambda future: write(1, b"told "))
                self.future.set_result(5)
                assert self.future.result() == 5
                write(1, b"done")

            def forks(self):
                pass

        os.register_at_fork(before=Last().forks)
    """
    assert run(program) == "told done"


def test_importing_the_package_imports_no_checker() -> None:
    program = """
        import sys, raddle
        print({"check", "explore", "install"} <= set(dir(raddle)), "raddle._check" in sys.modules, raddle.__version__.count("."))
    """
    assert run(program) == "True False 2\n"


def test_a_second_interpreter_of_the_process_cannot_import_it_and_does_no_harm() -> None:
    pytest.importorskip("_testcapi")
    program = """
        import _testcapi, raddle.threading
        for _ in range(3):
            assert _testcapi.run_in_subinterp(
                "try: import raddle\\n"
                "except ImportError as e: print(e, flush=True)\\n"
                "import threading; threading.Event().set()"
            ) == 0
    """
    refused = "raddle works in one interpreter of a process, and another has imported it before this one"
    assert run(program) == f"{refused}\n" * 3


def test_installed_classes_have_the_standard_librarys_names() -> None:
    program = """
        import concurrent.futures, queue, threading, _thread
        def names():
            classes = [getattr(threading, name) for name in "Lock Condition Semaphore BoundedSemaphore Event Barrier".split()]
            classes += [_thread.RLock, queue.Queue, queue.LifoQueue, queue.SimpleQueue, concurrent.futures.Future]
            return [(each.__module__, each.__qualname__) for each in classes]
        before = names()
        import raddle; raddle.install()
        print(names() == before)
    """
    assert run(program) == "True\n"


def test_classes_can_be_pickled_by_their_names() -> None:
    program = """
        import pickle
        from raddle import queue, threading
        from raddle.concurrent import futures
        classes = [threading.Condition, threading.Event, queue.Queue, queue.ShutDown, futures.Future, futures.ThreadPoolExecutor]
        print(all(pickle.loads(pickle.dumps(cls)) is cls for cls in classes))
    """
    assert run(program) == "True\n"


def test_installed_classes_can_be_pickled_by_their_names() -> None:
    program = """
        import raddle; raddle.install()
        import concurrent.futures as futures, pickle, queue, threading, _thread
        classes = [getattr(threading, name) for name in "Lock Condition Semaphore BoundedSemaphore Event Barrier".split()]
        classes += [_thread.RLock, queue.Queue, queue.LifoQueue, queue.SimpleQueue, queue.ShutDown]
        classes += [futures.Future, futures.ThreadPoolExecutor]
        print(all(pickle.loads(pickle.dumps(cls)) is cls for cls in classes), isinstance(threading.Lock(), _thread.LockType))
    """
    assert run(program) == "True True\n"


WOKEN_AT_EXIT = """
import atexit
from raddle import queue, threading

condition, event, items, simple, lock = (
    threading.Condition(), threading.Event(), queue.Queue(), queue.SimpleQueue(), threading.Lock()
)
lock.acquire()
waits = threading.Semaphore(0)

def wait():
    {wait}

def wake():
    {wake}

threading.Thread(target=wait, daemon=True).start()
waits.acquire()
atexit.register(wake)
"""


@pytest.mark.parametrize(
    ("wait", "wake"),
    [
        ("with condition: waits.release(); condition.wait()", "with condition: condition.notify_all()"),
        ("waits.release(); event.wait()", "event.set()"),
        ("waits.release(); items.get()", "items.put(1)"),
        ("waits.release(); simple.get()", "simple.put(1)"),
        ("waits.release(); lock.acquire()", "lock.release()"),
    ],
)
def test_a_daemon_that_is_woken_as_the_interpreter_exits_stands_still(wait: str, wake: str) -> None:
    for _ in range(5):
        assert run(WOKEN_AT_EXIT.format(wait=wait, wake=wake)) == ""
