"""Times of rivals, taken in turn."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from types import CodeType, FunctionType
from typing import TypeVar

_Made = TypeVar("_Made", bound=Callable[..., object])

Block = Callable[[int], object]
"""Does its work so many times."""


# A row's rounds end after so many seconds, if there were so many of them.
_ENOUGH = 3.0
_LEAST = 15


def take(blocks: Sequence[Block], seconds: float, rounds: int) -> list[list[float]]:
    """Time the blocks in turn, the order turning with the rounds: nanoseconds of each, round by round.

    The last block is the measure of how many times fit into `seconds`. There are fewer rounds if they take too long.
    """
    times = _fitting(blocks[-1], seconds)
    for block in blocks:
        block(times)
    taken: list[list[float]] = [[] for _ in blocks]
    gc.collect()
    gc.disable()
    try:
        end = perf_counter() + _ENOUGH
        for turn in range(rounds):
            if turn >= _LEAST and perf_counter() > end:
                break
            for place in range(len(blocks)):
                rival = (turn + place) % len(blocks)
                taken[rival].append(_seconds(blocks[rival], times) / times * 1e9)
    finally:
        gc.enable()
    return taken


def ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """Return the middle one of the ratios of two rivals' times in the same round."""
    return median(a / b for a, b in zip(of, to, strict=True))


def fresh(function: _Made) -> _Made:
    """Return the function with code of its own.

    The interpreter adapts code to the types that it meets, so rivals that shared their loop would each meet one adapted to
    both, which no program is.
    """
    assert isinstance(function, FunctionType)
    code = _copied(function.__code__)
    made = FunctionType(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)
    return made  # type: ignore[return-value]


def _copied(code: CodeType) -> CodeType:
    constants = tuple(_copied(constant) if isinstance(constant, CodeType) else constant for constant in code.co_consts)
    return code.replace(co_consts=constants)


def _fitting(block: Block, seconds: float) -> int:
    times = 8
    while _seconds(block, times) < seconds:
        times *= 2
    return times


def _seconds(block: Block, times: int) -> float:
    start = perf_counter()
    block(times)
    return perf_counter() - start
