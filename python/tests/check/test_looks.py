"""Looks at what others change without a line of the program that says so: an interleaving of each order is searched."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from command import check

PROGRAM = """
import threading
{shared}
seen = []

def act():
{act}

def look():
{look}

tasks = [threading.Thread(target=act), threading.Thread(target=look)]
for task in tasks:
    task.start()
for task in tasks:
    task.join()
{after}
assert seen != [{never}], seen
"""

EVENT = "done = threading.Event()\n"
THREAD = "thread = threading.Thread(target=lambda: None)\n"
ENDS = f"{EVENT}thread = threading.Thread(target=done.wait)\n"

THREADS = {
    "how many threads there are when one starts": (
        ENDS,
        "thread.start()",
        "seen.append(threading.active_count() > 3); done.set()",
    ),
    "how many threads there are when one ends": ("", "", "seen.append(threading.active_count() > 2)"),
    "which threads there are when one ends": ("", "", "seen.append(tasks[0] in threading.enumerate())"),
    "whether a thread lives that starts": (ENDS, "thread.start()", "seen.append(thread.is_alive()); done.set()"),
    "whether a thread lives that ends": ("", "", "seen.append(tasks[0].is_alive())"),
    "a thread's number": (THREAD, "thread.start()", "seen.append(thread.ident is not None)"),
    "a thread's native number": (THREAD, "thread.start()", "seen.append(thread.native_id is not None)"),
    "a thread's text": (THREAD, "thread.start()", "seen.append('initial' in repr(thread))"),
    "a thread that may be joined": (
        THREAD,
        "thread.start()",
        "try:\n    thread.join()\nexcept RuntimeError:\n    seen.append(False)\nelse:\n    seen.append(True)",
    ),
    "a thread that may be started": (
        THREAD,
        "try:\n    thread.start()\nexcept RuntimeError:\n    seen.append(False)",
        "try:\n    thread.start()\nexcept RuntimeError:\n    seen.append(True)",
    ),
}

LOOKS = THREADS


def program(shared: str, act: str, look: str, after: str = "", *, never: bool) -> str:
    body = {"act": act or "pass", "look": look}
    return PROGRAM.format(shared=shared, after=after, never=never, **{n: textwrap.indent(b, "    ") for n, b in body.items()})


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
@pytest.mark.parametrize("name", LOOKS)
def test_a_look_may_come_before_and_after(name: str, strategy: str, tmp_path: Path) -> None:
    for never in (False, True):
        answer = check(tmp_path, program(*LOOKS[name], never=never), "--strategy", strategy, executions=5000)
        assert [finding["kind"] for finding in answer["findings"]] == ["assertion"], answer


COUNTED = """
    import threading

    lock = threading.Lock()

    def work():
        with lock:
            {look}

    tasks = [threading.Thread(target=work) for _ in range(3)]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
"""


@pytest.mark.parametrize(("look", "interleavings"), [("pass", 6), ("tasks[0].ident", 6), ("threading.active_count()", 280)])
def test_the_ends_of_threads_have_an_order_only_for_those_who_look(tmp_path: Path, look: str, interleavings: int) -> None:
    for strategy in ("dpor", "dfs"):
        answer = check(tmp_path, COUNTED.format(look=look), "--strategy", strategy, executions=20_000)
        assert (answer["verdict"], answer["distinct"]) == ("clean", interleavings), answer
