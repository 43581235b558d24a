"""Accesses that the source does not spell out: what is read or stored there is found all the same."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

Case = tuple[str, str, str]
"""What is shared, the test of a task, and what it does if the test holds, which makes it hold no more."""

PROGRAM = """
import threading
{shared}

lock = threading.Lock()
acted = []

def work():
    {guard}
{body}

threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(acted) == 1
"""


def check(directory: Path, text: str, **modules: str) -> dict[str, Any]:
    (directory / "program.py").write_text(text, encoding="utf-8")
    for name, source in modules.items():
        (directory / f"{name}.py").write_text(textwrap.dedent(source), encoding="utf-8")
    command = [sys.executable, "-P", "-m", "raddle", "check", "--format", "json", "program.py"]
    done = subprocess.run(
        command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.stdout, f"exit code {done.returncode}: {done.stderr}"
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def program(case: Case, *, locked: bool) -> str:
    shared, test, act = case
    body = test + textwrap.indent(f"\n{act}\nacted.append(1)", "    ")
    guard = "with lock:" if locked else "if True:"
    return PROGRAM.format(shared=shared, guard=guard, body=textwrap.indent(body, " " * 8))


ITEMS = "items = []\ndef get(): return items"
FULL = "items = [0]\ndef get(): return items"
BOX = "box = {'q': []}\nitems = box['q']"
ADD, ONE = "items.append(1)", "items[0] = 1"

CALLS: dict[str, Case] = {
    "truth": (ITEMS, "if not get():", ADD),
    "length": (ITEMS, "if len(get()) == 0:", ADD),
    "a copy": (ITEMS, "if list(get()) == []:", ADD),
    "a loop": (FULL, "for _ in [n for n in get() if n == 0]:", ONE),
    "a sum": (FULL, "if sum(get()) == 0:", ONE),
    "sorted": (FULL, "if sorted(get()) == [0]:", ONE),
    "unpacked": (FULL, "first, = get()\nif first == 0:", ONE),
    "starred": (FULL, "if [*get()] == [0]:", ONE),
    "compared": (FULL, "if get() == [0]:", ONE),
    "as text": (FULL, "if f'{get()}' == '[0]':", ONE),
    "handed on": (f"import json\n{FULL}", "if json.dumps(get()) == '[0]':", ONE),
    "an item of a dictionary": (BOX, "if not box.get('q'):", ADD),
    "an attribute by name": (f"class Box: pass\n{ITEMS}\nBox.q = items", "if not getattr(Box, 'q'):", ADD),
    "named on the way": (ITEMS, "if not (found := get()):", ADD),
    "one of two": (ITEMS, "if not (get() or get()):", ADD),
    "while": (ITEMS, "while not get():", ADD),
    "a view": ("items = {}\ndef get(): return items", "if not get().keys():", "items[1] = 1"),
    "an own method with a view's name": (
        "items = []\nclass Box:\n    def items(self): return items\nbox = Box()",
        "if len(box.items()) == 0:",
        ADD,
    ),
    "a generator's": (
        "items = []\ndef steps():\n    global found\n    found = not (yield)",
        "step = steps()\nnext(step)\ntry: step.send(items)\nexcept StopIteration: pass\nif found:",
        ADD,
    ),
    "awaited": (
        "items = []\nasync def get(): return items\nasync def ask(): return not await get()",
        "try: ask().send(None)\nexcept StopIteration as end: found = end.value\nif found:",
        ADD,
    ),
}
"""Containers that a call, or something else that returns, hands out."""

CASES = {f"{group}: {name}": case for group, cases in {"call": CALLS}.items() for name, case in cases.items()}


@pytest.mark.parametrize("name", CASES)
def test_an_access_behind_something_is_found(name: str, tmp_path: Path) -> None:
    answer = check(tmp_path, program(CASES[name], locked=False))
    assert answer["verdict"] == "finding", answer


@pytest.mark.parametrize("name", CASES)
def test_under_a_lock_it_is_clean(name: str, tmp_path: Path) -> None:
    assert check(tmp_path, program(CASES[name], locked=True))["verdict"] == "clean"


@pytest.mark.parametrize(
    ("shared", "test", "act", "called"),
    [
        ("items = {1}", "if 1 in items:", "items.discard(1)", "items"),
        ("items = [1]", "if items:", "items.pop()", "items"),
        ("class Box: pass\nbox = Box()\nbox.all = [1]", "if len(box.all) == 1:", "box.all.pop()", "box.all"),
    ],
)
def test_a_report_names_the_container_and_not_its_method(
    shared: str, test: str, act: str, called: str, tmp_path: Path
) -> None:
    finding = check(tmp_path, program((shared, test, act), locked=False))["findings"][0]
    assert f"a test of {called} is no longer true" in " ".join(finding["text"].split()), finding["text"]
