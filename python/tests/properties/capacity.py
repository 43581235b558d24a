"""How much memory many objects, waiters and items take beside the standard library's: prints a line for each.

A script and no test: `python python/tests/properties/capacity.py`.
"""

from __future__ import annotations

import concurrent.futures
import gc
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import raddle.concurrent.futures
import raddle.queue
import raddle.threading

OBJECTS = 1_000_000
WAITERS = 1_000
ITEMS = 10_000_000


def resident() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def cost(count: int, make: Callable[[], object]) -> float:
    before = resident()
    kept = make()
    cost = (resident() - before) / count
    del kept
    return cost


def objects() -> None:
    kinds = [
        (threading, raddle.threading, ["Lock", "RLock", "Condition", "Semaphore", "Event"]),
        (queue, raddle.queue, ["SimpleQueue", "Queue"]),
        (concurrent.futures, raddle.concurrent.futures, ["Future"]),
    ]
    for theirs, ours, names in kinds:
        for name in names:
            mine = getattr(ours, name)
            # The standard library's are measured in a tenth of the number, in which they take as much each.
            few, standard = OBJECTS // 10, getattr(theirs, name)
            pair = cost(OBJECTS, lambda mine=mine: [mine() for _ in range(OBJECTS)]), cost(
                few, lambda standard=standard, few=few: [standard() for _ in range(few)]
            )
            print(f"{OBJECTS} x {name:<12} {pair[0]:7.0f} bytes each, the standard library's {pair[1]:7.0f}")


def waiters(name: str, library: Any) -> None:
    event, count = library.Event(), threading.Semaphore(0)

    def wait() -> None:
        count.release()
        event.wait()

    threads = [threading.Thread(target=wait) for _ in range(WAITERS)]

    def start() -> None:
        for thread in threads:
            thread.start()
        for _ in threads:
            count.acquire()

    print(f"{WAITERS} waiters of {name} Event: {cost(WAITERS, start):7.0f} bytes each with their threads")
    event.set()
    for thread in threads:
        thread.join()


def items() -> None:
    made: raddle.queue.Queue[int] = raddle.queue.Queue()

    def fill() -> None:
        for item in range(ITEMS):
            made.put(item & 0xFF)

    print(f"{ITEMS} items in one Queue: {cost(ITEMS, fill):.1f} bytes each")
    assert sum(made.get() for _ in range(ITEMS)) == sum(item & 0xFF for item in range(ITEMS))


if __name__ == "__main__":
    threading.stack_size(64 << 10)
    print(f"Python {sys.version.split()[0]}")
    objects()
    waiters("the standard library's", threading)
    waiters("our", raddle.threading)
    items()
