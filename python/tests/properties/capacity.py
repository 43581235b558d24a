"""How much memory many objects, waiters and items take beside the standard library's: prints a line for each.

A script and no test: `python python/tests/properties/capacity.py`.
"""

from __future__ import annotations

import concurrent.futures
import gc
import os
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
    """Measure in a process of its own: what one measurement gives back the next would use again."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        before = resident()
        kept = make()
        os.write(writer, str((resident() - before) / count).encode())
        del kept
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as told:
        measured = told.read()
    os.waitpid(child, 0)
    return float(measured)


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
    def start() -> None:
        event, count = library.Event(), threading.Semaphore(0)

        def wait() -> None:
            count.release()
            event.wait()

        for _ in range(WAITERS):
            threading.Thread(target=wait).start()
        for _ in range(WAITERS):
            count.acquire()

    print(f"{WAITERS} waiters of {name} Event: {cost(WAITERS, start):7.0f} bytes each with their threads")


def items() -> None:
    def fill() -> raddle.queue.Queue[int]:
        made: raddle.queue.Queue[int] = raddle.queue.Queue()
        for item in range(ITEMS):
            made.put(item & 0xFF)
        return made

    print(f"{ITEMS} items in one Queue: {cost(ITEMS, fill):.1f} bytes each")
    made = fill()
    assert sum(made.get() for _ in range(ITEMS)) == sum(item & 0xFF for item in range(ITEMS))


if __name__ == "__main__":
    threading.stack_size(64 << 10)
    print(f"Python {sys.version.split()[0]}")
    objects()
    waiters("the standard library's", threading)
    waiters("our", raddle.threading)
    items()
