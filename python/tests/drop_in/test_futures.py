"""Futures and the thread pool behave as the standard library's."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import threading
import weakref
from concurrent import futures as theirs
from typing import Any

import pytest

from raddle import queue
from raddle import threading as ours
from raddle.concurrent import futures


def raise_it(e: BaseException) -> None:
    raise e


def test_a_pool_runs_what_it_is_given() -> None:
    with futures.ThreadPoolExecutor(2) as pool:
        assert pool.submit(pow, 2, exp=5).result() == 32
        assert list(pool.map(lambda a, b: a + b, [1, 2], [3, 4])) == [4, 6]
        failed = pool.submit(raise_it, KeyError("no"))
        with pytest.raises(KeyError, match="no"):
            failed.result()
        assert isinstance(failed.exception(), KeyError)
    assert repr(failed).endswith("state=finished raised KeyError>")
    with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
        pool.submit(print)


def test_workers_are_named_threads_of_the_standard_library() -> None:
    with futures.ThreadPoolExecutor(2, thread_name_prefix="mine") as pool:
        worker = pool.submit(threading.current_thread).result()
        assert isinstance(worker, threading.Thread)
        assert worker.name == "mine_0"
        assert worker in pool._threads
    with futures.ThreadPoolExecutor(1) as pool:
        name = pool.submit(lambda: threading.current_thread().name).result()
    assert name.startswith("ThreadPoolExecutor-")
    assert name.endswith("_0")


def test_a_worker_is_started_only_if_none_is_idle() -> None:
    with futures.ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            pool.submit(int).result()
        assert pool._max_workers == 8
        assert len(pool._threads) < 8


def test_arguments_of_a_pool_are_checked() -> None:
    with pytest.raises(ValueError, match="max_workers must be greater than 0"):
        futures.ThreadPoolExecutor(0)
    with pytest.raises(TypeError, match="initializer must be a callable"):
        futures.ThreadPoolExecutor(1, initializer="no")  # type: ignore[arg-type]


def test_an_initializer_runs_in_each_worker() -> None:
    seen: list[object] = []
    with futures.ThreadPoolExecutor(1, initializer=seen.append, initargs=(7,)) as pool:
        pool.submit(int).result()
    assert seen == [7]


def test_an_initializer_that_fails_breaks_the_pool(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "concurrent.futures")
    pool = futures.ThreadPoolExecutor(1, initializer=raise_it, initargs=(OSError("init"),))
    with pytest.raises(theirs.thread.BrokenThreadPool, match="A thread initializer failed"):
        pool.submit(int).result()
    with pytest.raises(futures.BrokenExecutor):
        pool.submit(int)
    pool.shutdown()
    assert [record.message for record in caplog.records] == ["Exception in initializer:"]


def test_a_shutdown_can_cancel_what_waits() -> None:
    gate = ours.Event()
    pool = futures.ThreadPoolExecutor(1)
    first, second = pool.submit(gate.wait), pool.submit(int)
    while not first.running():
        pass
    pool.shutdown(wait=False, cancel_futures=True)
    gate.set()
    assert first.result() is True
    assert second.cancelled()
    pool.shutdown()


def test_a_pool_that_nobody_has_ends_its_workers() -> None:
    pool = futures.ThreadPoolExecutor(1)
    worker = pool.submit(threading.current_thread).result()
    reference = weakref.ref(pool)
    del pool
    gc.collect()
    assert reference() is None
    worker.join(10)
    assert not worker.is_alive()


def test_a_future_goes_through_its_states() -> None:
    future: futures.Future[int] = futures.Future()
    assert (future.running(), future.done(), future.cancelled(), future._state) == (False, False, False, "PENDING")
    with pytest.raises(TimeoutError):
        future.result(timeout=0.001)
    with pytest.raises(TimeoutError):
        future.exception(timeout=0)
    assert future.set_running_or_notify_cancel()
    assert future.running()
    assert not future.cancel()
    future.set_result(42)
    assert (future.result(), future.exception(), future.done()) == (42, None, True)
    with pytest.raises(futures.InvalidStateError, match=r"FINISHED: <Future at 0x[0-9a-f]+ state=finished returned int>"):
        future.set_result(43)


def test_a_cancelled_future_has_no_result() -> None:
    future: futures.Future[int] = futures.Future()
    assert future.cancel()
    assert future.cancel()
    assert future._state == "CANCELLED"
    assert not future.set_running_or_notify_cancel()
    assert future._state == "CANCELLED_AND_NOTIFIED"
    with pytest.raises(futures.CancelledError):
        future.result()
    with pytest.raises(futures.InvalidStateError):
        future.set_exception(ValueError())


def test_callbacks_run_in_order_and_errors_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    future: futures.Future[int] = futures.Future()
    seen: list[Any] = []
    future.add_done_callback(seen.append)
    future.add_done_callback(lambda _: raise_it(ValueError("callback")))
    future.add_done_callback(lambda done: seen.append(done.result()))
    future.set_result(1)
    future.add_done_callback(lambda done: seen.append("late"))
    assert seen == [future, 1, "late"]
    assert [record.message for record in caplog.records] == [f"exception calling callback for {future!r}"]


def test_a_callback_of_a_forgotten_future_gets_it() -> None:
    gate, seen = ours.Event(), ours.Event()
    states: list[str] = []

    def look(future: futures.Future[bool]) -> None:
        states.append(future._state)
        seen.set()

    with futures.ThreadPoolExecutor(1) as pool:
        pool.submit(gate.wait).add_done_callback(look)
        gc.collect()
        gate.set()
        assert seen.wait(10)
    assert states == ["FINISHED"]


def test_a_future_in_a_cycle_with_its_callback_is_collected() -> None:
    def knot() -> weakref.ref[futures.Future[int]]:
        future: futures.Future[int] = futures.Future()
        future.add_done_callback(lambda _: future)
        return weakref.ref(future)

    reference = knot()
    gc.collect()
    assert reference() is None


def test_wait_tells_what_is_done() -> None:
    first, second, third = (futures.Future() for _ in range(3))
    first.set_result(1)
    assert futures.wait([first, second, first], return_when=futures.FIRST_COMPLETED) == ({first}, {second})
    assert futures.wait([first, second], timeout=0.001) == ({first}, {second})
    second.set_exception(ValueError())
    assert futures.wait([second, third], return_when=futures.FIRST_EXCEPTION).done == {second}
    third.cancel()
    assert futures.wait([third], timeout=0).not_done == {third}
    third.set_running_or_notify_cancel()
    assert futures.wait([first, second, third]).not_done == set()
    with pytest.raises(ValueError, match="Invalid return condition: 'never'"):
        futures.wait([first], return_when="never")


def test_as_completed_yields_each_when_it_is_done() -> None:
    made: list[futures.Future[int]] = [futures.Future() for _ in range(3)]
    made[1].set_result(1)
    iterator = futures.as_completed([*made, made[0]], timeout=10)
    assert next(iterator) is made[1]
    threading.Thread(target=made[2].set_result, args=(2,)).start()
    assert next(iterator) is made[2]
    made[0].cancel()
    made[0].set_running_or_notify_cancel()
    assert list(iterator) == [made[0]]
    with pytest.raises(TimeoutError, match=r"2 \(of 3\) futures unfinished"):
        list(futures.as_completed([made[1], futures.Future(), futures.Future()], timeout=0.001))


def test_futures_of_both_libraries_can_be_waited_for_together() -> None:
    mine: futures.Future[int] = futures.Future()
    standard: theirs.Future[int] = theirs.Future()
    mine.set_result(1)
    assert futures.wait([mine, standard], timeout=0.001) == ({mine}, {standard})
    standard.set_result(2)
    assert set(futures.as_completed([mine, standard])) == {mine, standard}
    assert isinstance(mine, futures.Future)
    assert isinstance(mine, theirs.Future)


def test_a_cancelled_future_of_the_standard_library_counts_when_its_executor_knows() -> None:
    standard: theirs.Future[int] = theirs.Future()
    standard.cancel()
    assert futures.wait([standard], timeout=0).not_done == {standard}
    standard.set_running_or_notify_cancel()
    assert futures.wait([standard], timeout=0).done == {standard}


def test_asyncio_waits_for_our_futures() -> None:
    async def main() -> list[Any]:
        loop = asyncio.get_running_loop()
        with futures.ThreadPoolExecutor(1) as pool:
            return [
                await loop.run_in_executor(pool, lambda: 1),
                await asyncio.wrap_future(pool.submit(lambda: 2)),
            ]

    assert asyncio.run(main()) == [1, 2]


def test_a_collection_may_come_while_an_object_is_made() -> None:
    kinds = [ours.Condition, ours.Semaphore, ours.Event, futures.Future, lambda: ours.Barrier(1), queue.Queue]
    kinds += [queue.SimpleQueue, lambda: futures.ThreadPoolExecutor(1)]
    thresholds = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for kind in kinds:
            kept = [kind() for _ in range(50)]
            assert len(kept) == 50
    finally:
        gc.set_threshold(*thresholds)


def test_collections_while_others_wait_take_no_result_that_is_alive() -> None:
    class Result:
        def __init__(self, number: int) -> None:
            self.number, self.itself = number, self

    seen: list[int] = []
    with futures.ThreadPoolExecutor(2) as pool:
        read = lambda number: seen.append(pool.submit(Result, number).result().itself.number)  # noqa: E731
        reader = threading.Thread(target=lambda: [read(number) for number in range(2000)])
        reader.start()
        while reader.is_alive():
            gc.collect(0)
            # A free-threaded collection stops all threads, and the next one would before they have gone on.
            reader.join(0.001)
    assert seen == list(range(2000))


def test_a_submission_waits_for_room_in_the_backlog() -> None:
    busy, go = ours.Event(), ours.Event()
    with futures.ThreadPoolExecutor(1, backlog=2) as pool:
        pool.submit(lambda: (busy.set(), go.wait()))
        busy.wait()
        waiting = [pool.submit_within(0, int, n) for n in "12"]
        for timeout in (0, 0.001):
            with pytest.raises(queue.Full):
                pool.submit_within(timeout, int, "3")
        seen = pool.statistics()
        assert (seen.submitted, seen.taken, seen.waiting, seen.backlog) == (3, 1, 2, 2)
        submitter = threading.Thread(target=lambda: waiting.append(pool.submit(int, "3")))
        submitter.start()
        go.set()
        submitter.join()
        assert [future.result() for future in waiting] == [1, 2, 3]
        assert list(pool.map(lambda n: n * n, range(50))) == [n * n for n in range(50)]
        with pytest.raises(ValueError, match="'timeout' must be a non-negative number"):
            pool.submit_within(-1, int)
    with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
        pool.submit_within(1, int)
    expected = "PoolStatistics(max_workers=1, workers=1, submitted=54, taken=54, waiting=0, backlog=2)"
    assert repr(pool.statistics()) == expected
    assert isinstance(pool.statistics(), futures.PoolStatistics)


def test_arguments_of_a_call_are_its_own() -> None:
    def call(fn: int, timeout: int, backlog: int) -> tuple[int, int, int]:
        return fn, timeout, backlog

    with futures.ThreadPoolExecutor(1) as pool:
        assert pool.submit(call, fn=1, timeout=2, backlog=3).result() == (1, 2, 3)
        assert pool.submit_within(5, call, 1, timeout=2, backlog=3).result() == (1, 2, 3)
        assert (pool.statistics().backlog, pool.statistics().submitted) == (None, 2)


@pytest.mark.parametrize("backlog", [0, -1])
def test_a_backlog_of_none_is_refused(backlog: int) -> None:
    with pytest.raises(ValueError, match="backlog must be greater than 0"):
        futures.ThreadPoolExecutor(1, backlog=backlog)


def test_a_shutdown_ends_the_wait_for_room() -> None:
    busy, go = ours.Event(), ours.Event()
    pool = futures.ThreadPoolExecutor(1, backlog=1)
    pool.submit(lambda: (busy.set(), go.wait()))
    busy.wait()
    last = pool.submit(int)
    raised: list[BaseException] = []

    def submit() -> None:
        try:
            pool.submit(int)
        except RuntimeError as e:
            raised.append(e)

    submitters = [threading.Thread(target=submit) for _ in range(2)]
    for submitter in submitters:
        submitter.start()
    pool.shutdown(wait=False, cancel_futures=True)
    for submitter in submitters:
        submitter.join()
    assert [str(e) for e in raised] == ["cannot schedule new futures after shutdown"] * 2
    assert last.cancelled()
    go.set()
    pool.shutdown()


def test_a_broken_pool_lets_nobody_wait_for_room(caplog: pytest.LogCaptureFixture) -> None:
    go = ours.Event()

    def fail() -> None:
        go.wait()
        raise OSError("on purpose")

    pool = futures.ThreadPoolExecutor(1, initializer=fail, backlog=1)
    first = pool.submit(int)
    raised: list[BaseException] = []

    def submit() -> None:
        try:
            pool.submit(int)
        except futures.BrokenExecutor as e:
            raised.append(e)

    submitter = threading.Thread(target=submit)
    submitter.start()
    go.set()
    submitter.join()
    with pytest.raises(futures.BrokenExecutor):
        first.result()
    assert len(raised) == 1
    pool.shutdown()
    assert "on purpose" in caplog.text


@pytest.mark.parametrize("opened", [False, True])
def test_a_call_that_runs_is_asked_to_stop(opened: bool) -> None:
    running = ours.Event()

    def work() -> str:
        running.set()
        while not futures.cancel_requested():
            pass
        return "stopped"

    with futures.ThreadPoolExecutor(1) as pool:
        future, next_one = pool.submit(work), pool.submit(futures.cancel_requested)
        running.wait()
        if opened:
            assert future._state == "RUNNING"  # type: ignore[comparison-overlap]
            assert future._condition is not None
        assert future.request_cancel()
        assert (future.result(), future.cancelled()) == ("stopped", False)
        assert next_one.result() is False
        assert not future.request_cancel()
    assert not futures.cancel_requested()


def test_a_call_that_waits_is_cancelled_by_the_request() -> None:
    go = ours.Event()
    with futures.ThreadPoolExecutor(1) as pool:
        pool.submit(go.wait)
        waits = pool.submit(int)
        assert waits.request_cancel()
        assert waits.request_cancel()
        go.set()
    assert waits.cancelled()


def test_a_request_reaches_the_call_that_it_means() -> None:
    meeting = ours.Barrier(3)

    def work() -> bool:
        meeting.wait()
        meeting.wait()
        return futures.cancel_requested()

    with futures.ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(work) for _ in range(2)]
        meeting.wait()
        assert calls[1].request_cancel()
        meeting.wait()
        assert [call.result() for call in calls] == [False, True]


def test_a_call_keeps_its_future_only_while_it_runs() -> None:
    with futures.ThreadPoolExecutor(1) as pool:
        future = pool.submit(int)
        future.result()
        pool.submit(int).result()
        gone = weakref.ref(future)
        del future
        gc.collect()
        assert gone() is None


class Interruption(BaseException):
    """What the handler of a signal raises."""


def interrupt(_number: int, _frame: object) -> None:
    raise Interruption


def test_a_worker_that_runs_is_waited_for_though_its_start_was_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, gate, ran = threading.Event(), threading.Event(), []

    class Interrupted(threading.Thread):
        def start(self) -> None:
            super().start()
            begun.wait()
            raise Interruption

    def job() -> None:
        begun.set()
        gate.wait()
        ran.append(True)

    monkeypatch.setattr(threading, "Thread", Interrupted)
    pool = futures.ThreadPoolExecutor(1)
    with pytest.raises(Interruption):
        pool.submit(job)
    monkeypatch.undo()
    assert len(pool._threads) == 1
    threading.Timer(0.05, gate.set).start()
    pool.shutdown()
    assert ran == [True]


def test_a_thread_that_did_not_start_is_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_thread: threading.Thread) -> None:
        raise Interruption

    pool = futures.ThreadPoolExecutor(1)
    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(Interruption) as raised:
        pool.submit(int)
    monkeypatch.undo()
    assert not pool._threads
    assert pool.submit(int).result() == 0
    pool.shutdown()
    # Whoever holds the exception holds the thread, which the interpreter does not wait for either.
    assert all(thread.ident for thread in theirs.thread._threads_queues), raised


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals come after a time on POSIX only")
def test_a_signal_ends_the_wait_for_a_worker_that_is_being_started(monkeypatch: pytest.MonkeyPatch) -> None:
    starting, gate = threading.Event(), threading.Event()

    class Slow(threading.Thread):
        def start(self) -> None:
            starting.set()
            gate.wait()
            super().start()

    pool = futures.ThreadPoolExecutor(1)
    submission = threading.Thread(target=pool.submit, args=(int,))
    monkeypatch.setattr(threading, "Thread", Slow)
    submission.start()
    starting.wait()
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(Interruption):
            pool.shutdown()
    finally:
        signal.signal(signal.SIGALRM, before)
        gate.set()
    submission.join()
    pool.shutdown()
    assert not any(worker.is_alive() for worker in pool._threads)
