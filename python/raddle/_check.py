"""`raddle.check` and `raddle.explore`: the interleavings of a function, explored inside a test."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, Unpack

from raddle._raddle import control

__all__ = ["Finding", "Outcome", "check", "explore"]

Strategy = Literal["mixed", "natural", "random", "pct", "pos", "surw", "rff", "dfs", "dpor"]
Verdict = Literal["clean", "clean-so-far", "finding", "failed", "inconclusive"]


@dataclass(frozen=True)
class Finding:
    """A bug that was shown."""

    kind: str
    """What sort of bug, such as ``lost-update`` or ``deadlock``."""
    text: str
    """The whole story, in at most 20 lines."""
    timing: bool
    """Whether only a schedule in which a timer fires early shows it."""
    output: str
    """What the failing execution printed."""
    schedule: dict[str, Any]
    """The choices that lead to it."""
    shrunk: str | None = None
    """How small the schedule was made, and whether it could be smaller; None if nobody tried."""

    def __str__(self) -> str:
        """Return the whole story."""
        return self.text


@dataclass(frozen=True)
class Outcome:
    """What a check came to."""

    verdict: Verdict
    """``clean`` if every interleaving was tried, ``clean-so-far`` if the budget ended first."""
    findings: list[Finding]
    executions: int
    """How many executions ran to their end; the preliminary ones are not among them."""
    preliminary: int
    """How many an exhaustive strategy did again, since they showed more places where tasks race."""
    redundant: int
    """How many were ended early, since whatever came had been seen: work in vain."""
    distinct: int
    """How many of them were inequivalent."""
    exhausted: bool
    """Whether there was nothing left to try."""
    points: int
    seconds: float
    seed: int
    strategy: str
    preemptions: int | None
    """How many of them an execution could have at most."""
    delays: int | None
    """The same of these."""
    covered: dict[str, int] | None
    """How many ``operations`` came, ``pairs`` of them in conflict, and of these in ``both_orders``.

    None if the strategy does not learn from that.
    """
    uncontrolled: list[dict[str, Any]]
    """What ran but could not be controlled."""
    notes: list[dict[str, Any]]
    """Worth knowing, but no bug."""
    reasons: list[str]
    """Why the verdict is no better."""

    def assert_clean(self) -> None:
        """Raise AssertionError, with the whole story, unless no bug was found and the check could tell."""
        # Of pytest: the story is not here.
        __tracebackhide__ = True
        if self.verdict not in ("clean", "clean-so-far"):
            raise AssertionError("\n\n".join([str(self), *(finding.text for finding in self.findings)]))

    def __str__(self) -> str:
        """Return one line: the verdict, and why it is no better."""
        within = [
            f"at most {_counted(most, what)}"
            for most, what in ((self.preemptions, "preemption"), (self.delays, "delay"))
            if most is not None
        ]
        executions = _counted(self.executions, "execution")
        heading = ", ".join([f"{self.verdict}: {executions}", f"{self.distinct} distinct", *within])
        places = [f"{place['text']} cannot be controlled" for place in self.uncontrolled]
        sizes = [f"{finding.kind} with {finding.shrunk}" for finding in self.findings if finding.shrunk]
        return "; ".join([heading, *sizes, *places, *self.reasons])


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


class Options(TypedDict, total=False):
    """The options of `explore`."""

    strategy: Strategy
    executions: int
    seconds: float | None
    seed: int
    races: bool
    timing: bool
    preemptions: int | None
    delays: int | None
    shrink: bool


def check(function: Callable[[], object], **options: Unpack[Options]) -> Outcome:
    """Explore the interleavings of `function`, and fail if there is a bug: what a test calls.

        def test_transfer():
            raddle.check(transfer_in_both_directions)

    Everything else is as `explore` has it: its options, what is seen and what is not, what else is raised.

    Raises:
        AssertionError: With the whole story, if a bug was found, if the function fails by itself, or if the check could not tell.

    """
    __tracebackhide__ = True
    outcome = explore(function, **options)
    outcome.assert_clean()
    return outcome


def explore(
    function: Callable[[], object],
    *,
    strategy: Strategy = "mixed",
    executions: int = 10_000,
    seconds: float | None = 10.0,
    seed: int = 0,
    races: bool = False,
    timing: bool = False,
    preemptions: int | None = None,
    delays: int | None = None,
    shrink: bool = True,
) -> Outcome:
    """Run `function` again and again, its threads taking turns in another order each time, and return what came of it.

    A bug is in what is returned; `check` raises it.

    The function is the whole program of each execution: it makes what its threads share, starts them, and checks the result
    with `assert`. It must not depend on what an earlier call of it has left behind.

    What is seen: every operation on a thread, lock, queue, condition, event, semaphore, barrier, future or pool that is made
    while the function runs, `sleep`, the clocks; and every access to shared state in modules below the working directory,
    which run rewritten code meanwhile.
    What is not: accesses inside installed packages; accesses of a function to variables of the call that defines it, where
    both change them (make them attributes or items, or define the function at the top of its module). Where that matters the
    verdict is never ``clean``, and `reasons` says why.
    A function that names a lock, condition or queue which was made before is not run, unless that was made from
    `raddle.threading` or after `raddle.install()`: the verdict is ``inconclusive``, and `uncontrolled` says what it is.

    Args:
        function: What to check; it takes no arguments.
        strategy: Who chooses the next task; ``mixed`` takes turns between all of them, by what they bring.
        executions: The check ends after so many executions,
        seconds: or after so long.
        seed: Of all random choices: the same seed, the same check.
        races: Whether any two accesses that nothing orders are a bug.
        timing: Whether timers may fire while other tasks could go on.
        preemptions: No execution has more of them: wherever a task can go on after so many, it does.
        delays: The same of delays: tasks that are passed over, counted from the one that goes on by itself.
        shrink: Whether to look for the smallest schedule that shows a bug, and tell it by that.

    The environment overrides some: ``RADDLE_STRATEGY``, ``RADDLE_EXECUTIONS``, ``RADDLE_SECONDS``, ``RADDLE_SEED``.

    Raises:
        RuntimeError: Inside another check.
        KeyboardInterrupt: If the user stops it.

    """
    if control.in_execution():
        raise RuntimeError("a check does not work inside a program that is being checked")
    from raddle._control import install, launcher, signals

    install.install()
    signals.install()
    options = {
        "strategy": os.environ.get("RADDLE_STRATEGY", strategy),
        "executions": int(os.environ.get("RADDLE_EXECUTIONS", executions)),
        "seconds": float(os.environ["RADDLE_SECONDS"]) if "RADDLE_SECONDS" in os.environ else seconds,
        "seed": int(os.environ.get("RADDLE_SEED", seed)),
        "races": races,
        "timing": timing,
        "preemptions": preemptions,
        "delays": delays,
        "shrink": shrink,
    }
    is_main = threading.current_thread() is threading.main_thread()
    launched = launcher.Function(function)
    try:
        if launched.relics:
            said = _not_run(launched.relics, options)
        else:
            with signals.heeded(is_main):
                said = json.loads(control.explore_launched(launched, options))
    finally:
        launched.restore()
    findings = [Finding(**{name: found[name] for name in Finding.__dataclass_fields__}) for found in said["findings"]]
    kept = Outcome.__dataclass_fields__.keys() - {"findings"}
    return Outcome(findings=findings, **{name: said[name] for name in kept})


def _not_run(relics: list[str], options: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of a check that would have used what cannot be controlled."""
    return {
        **options,
        **dict.fromkeys(("executions", "preliminary", "redundant", "distinct", "points", "seconds"), 0),
        "verdict": "inconclusive",
        "findings": [],
        "exhausted": False,
        "covered": None,
        "uncontrolled": [{"text": relic, "file": None, "line": None} for relic in relics],
        "notes": [],
        "reasons": ["nothing was run: let the function make that, or call raddle.install() before it is made (in conftest.py)"],
    }
