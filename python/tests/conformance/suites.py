"""CPython's suites, and how each is pointed at Raddle's types.

They ship with the interpreter: nothing of them is copied or edited.
Where a suite names what it tests in an attribute, that is set; the others look the names up in `threading` and
`concurrent.futures`, where Raddle stands in every process of the suite.
"""

from __future__ import annotations

import doctest
import importlib
import itertools
import json
import sys
import types
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Load = Callable[[], unittest.TestSuite]

LOADER = unittest.defaultTestLoader


@dataclass(frozen=True)
class Suite:
    """One of CPython's suites."""

    module: str
    """The module that has the tests, below `test`."""
    load: Load
    reaches: frozenset[str]
    """Our types that the tests must call."""

    @property
    def name(self) -> str:
        return self.module.replace("test_concurrent_futures.test_", "test_concurrent_futures.")


def named(module: str, *reaches: str) -> Suite:
    """A suite that finds our types by their names."""
    return pointed(module, LOADER.loadTestsFromModule, *reaches)


def pointed(module: str, load: Callable[[Any], unittest.TestSuite], *reaches: str) -> Suite:
    """A suite whose module tells `load` how to point it."""
    return Suite(module, lambda: load(importlib.import_module(f"test.{module}")), frozenset(reaches))


def classes(*tests: type[unittest.TestCase]) -> unittest.TestSuite:
    return unittest.TestSuite(LOADER.loadTestsFromTestCase(test) for test in tests)


def derived(base: Any, name: str = "", **attributes: object) -> type[unittest.TestCase]:
    """The tests of `base`, of something else."""
    bases = (base,) if issubclass(base, unittest.TestCase) else (base, unittest.TestCase)
    return type(name or base.__name__, bases, attributes)


def lock_tests(module: Any) -> unittest.TestSuite:
    from raddle import threading

    # As in CPython, a condition counts no recursions.
    as_lock = derived(
        module.RLockTests, "ConditionAsRLockTests", locktype=staticmethod(threading.Condition), test_recursion_count=None
    )
    return classes(
        derived(module.LockTests, locktype=staticmethod(threading.Lock)),
        derived(module.RLockTests, locktype=staticmethod(threading.RLock)),
        as_lock,
        derived(module.EventTests, eventtype=staticmethod(threading.Event)),
        derived(module.ConditionTests, condtype=staticmethod(threading.Condition)),
        derived(module.SemaphoreTests, semtype=staticmethod(threading.Semaphore)),
        derived(module.BoundedSemaphoreTests, semtype=staticmethod(threading.BoundedSemaphore)),
        derived(module.BarrierTests, barriertype=staticmethod(threading.Barrier)),
    )


def queues(module: Any) -> unittest.TestSuite:
    from raddle import queue

    kinds = ["QueueTest", "LifoQueueTest", "PriorityQueueTest", "FailingQueueTest", "SimpleQueueTest"]
    return classes(*(derived(getattr(module, f"C{kind}"), queue=queue) for kind in kinds))


def low_level(module: Any) -> unittest.TestSuite:
    """A suite of `_thread`, with our locks in it."""
    from raddle import _raddle

    ours = {"allocate_lock": _raddle.allocate_lock, "LockType": _raddle.lock, "RLock": _raddle.RLock}
    module.thread = types.SimpleNamespace(**vars(module.thread) | ours)
    for name, value in vars(module).items():
        if isinstance(value, type(importlib.import_module("_thread").allocate_lock())):
            setattr(module, name, _raddle.allocate_lock())
    if hasattr(module, "LockTests"):
        module.LockTests.locktype = staticmethod(_raddle.allocate_lock)
    return LOADER.loadTestsFromModule(module)


def locals_of_threads(module: Any) -> unittest.TestSuite:
    """The suite of `threading.local`, of the one that stands in for it where programs can be checked."""
    from calls import CALLS

    from raddle._control import install
    from raddle._raddle import control

    install.install()

    def point(_: object) -> None:
        module._threading_local.local = control._local

    def restore(_: object, theirs: type = module._threading_local.local) -> None:
        module._threading_local.local = theirs

    @property  # type: ignore[misc]
    def counted(_: unittest.TestCase) -> type:
        next(CALLS[control._local])
        return control._local

    CALLS[control._local] = itertools.count()
    suite = classes(derived(module.ThreadLocalTest, _local=counted))
    suite.addTest(doctest.DocTestSuite("_threading_local", setUp=point, tearDown=restore))
    return suite


LOCKS = ["lock", "RLock", "Condition", "Event", "Semaphore", "BoundedSemaphore", "Barrier"]

POOLS = ["thread_pool", "wait", "as_completed", "shutdown", "init"]
FUTURES = (
    [named("test_concurrent_futures", "Future", "ThreadPoolExecutor")]
    if sys.version_info < (3, 12)
    else [
        named("test_concurrent_futures.test_future", "Future"),
        *(named(f"test_concurrent_futures.test_{part}", "Future", "ThreadPoolExecutor") for part in POOLS),
    ]
)

SUITES = [
    pointed("lock_tests", lock_tests, *LOCKS),
    pointed("test_queue", queues, "Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"),
    pointed("test_thread", low_level, "lock"),
    named("test_threading", *LOCKS),
    pointed("test_threading_local", locals_of_threads, "_local"),
    pointed("test_threadsignals", low_level, "lock", "RLock"),
    *FUTURES,
    named("test_sched", "RLock", "Condition", "Queue"),
]


class Outcomes(unittest.TestResult):
    """What came of each test: `passed`, `skipped`, or how it failed."""

    def __init__(self) -> None:
        super().__init__()
        self.of: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.of[title(test)] = "passed"

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        super().addSkip(test, reason)
        self.of[title(test)] = "skipped"

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        super().addError(test, err)
        self.of[title(test)] = self.errors[-1][1]

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        super().addFailure(test, err)
        self.of[title(test)] = self.failures[-1][1]

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.of[title(test)] = [*self.failures, *self.errors][-1][1]

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        super().addUnexpectedSuccess(test)
        self.of[title(test)] = "an unexpected success"


def title(test: unittest.TestCase) -> str:
    """How the gaps name a test: by its class and its method."""
    method = getattr(test, "_testMethodName", None)
    # What is no method of a class is the suite's own preparation, or an example in a docstring.
    return f"{type(test).__qualname__}.{method}" if method and method != "runTest" else test.id()


def main(name: str, result: str) -> None:
    """Run a suite in this process, and write down what came of its tests."""
    suite = next(suite for suite in SUITES if suite.name == name)
    outcomes = Outcomes()
    try:
        tests = suite.load()
    except ModuleNotFoundError as e:
        if e.name is None or not e.name.startswith("test."):
            raise
        Path(result).write_text(json.dumps({"missing": str(e)}))
        return
    tests.run(outcomes)
    Path(result).write_text(json.dumps({"outcomes": outcomes.of}))


if __name__ == "__main__":
    main(*sys.argv[1:])
