"""What the interpreter reads or changes in one go is one step, however many containers there are in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import check

SHARED = "import copy, json, operator, threading\nstock = [[0], [0], [0]]\nseen = []"
WRITERS = [["stock[0].append(1)", "stock[1].append(2)"], ["stock[1].append(3)"]]

READERS = [
    "json.dumps(stock)",
    "json.dumps([stock[1], stock[0]])",
    "copy.deepcopy(stock)",
    "str(stock)",
    "stock[0] + stock[1]",
    "stock[0] + stock[1] + stock[0]",
    "stock[1] == stock[0]",
    "stock[1] < stock[0]",
    "stock == [[0], [0], [0]]",
    "max(stock[0], stock[1])",
    "list(zip(stock[0], stock[1]))",
    "[*stock[1], *stock[0]]",
    "sorted(stock[1], key=stock[0].index) if 3 not in stock[1] and 2 not in stock[1] else 0",
    "sorted(stock, key=operator.itemgetter(-1))",
    "max(stock, key=len)",
    "min(stock, key=sum)",
    "sorted(map(tuple, stock), key=sum)",
    "'%s %s' % (stock[0], stock[1])",
    "'%s %s %d' % (stock[0], stock[1], 1)",
    "f'{stock[1]}{stock[0]}'",
    "'{} {}'.format(stock[0], stock[1])",
    "sum(stock, stock[1])",
]

CHANGERS = ["stock.sort(key=sum)", "stock[0].extend(stock[1])", "stock[0] += stock[1]", "stock[0][:] = stock[1]"]


def interleavings(tasks: list[list[str]]) -> Iterator[list[str]]:
    """Yield the statements of the tasks, each one's in their order, in all orders."""
    if not any(tasks):
        yield []
    for place, task in enumerate(tasks):
        if task:
            for others in interleavings([*tasks[:place], task[1:], *tasks[place + 1 :]]):
                yield [task[0], *others]


def outcomes(tasks: list[list[str]]) -> set[str]:
    """Return what tasks whose statements nobody interrupts can come to."""
    found = set()
    for statements in interleavings(tasks):
        names: dict[str, object] = {}
        exec("\n".join([SHARED, *statements]), names)
        found.add(repr((names["seen"], names["stock"])))
    return found


@pytest.mark.parametrize("strategy", ["dpor", "dfs"])
@pytest.mark.parametrize("statement", [*(f"seen.append({reader})" for reader in READERS), *CHANGERS])
def test_all_outcomes_are_met(statement: str, strategy: str, tmp_path: Path) -> None:
    tasks = [*WRITERS, [statement]]
    source = [SHARED]
    for number, task in enumerate(tasks):
        source += [f"def work{number}():", *(f"    {line}" for line in task)]
    source += [
        "threads = [threading.Thread(target=work) for work in (work0, work1, work2)]",
        "for thread in threads: thread.start()",
        "for thread in threads: thread.join()",
        "with open('outcomes', 'a') as file: print(json.dumps(repr((seen, stock))), file=file)",
    ]
    check(tmp_path, "\n".join(source), "--strategy", strategy, executions=5000)
    met = {json.loads(line) for line in (tmp_path / "outcomes").read_text().splitlines()}
    assert outcomes(tasks) <= met
