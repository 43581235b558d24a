"""The benchmark works; what it measures is nobody's business here."""

from __future__ import annotations

import json
import threading

import pytest

from raddle.bench import instructions
from raddle.bench.__main__ import main
from raddle.bench.comparison import ours, theirs
from raddle.bench.rounds import fresh, ratio, take
from raddle.bench.rows import ROWS, Row


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_does_its_work_with_both(row: Row) -> None:
    before = {name: vars(threading)[name] for name in ("Lock", "Event", "Condition")}
    for kit in ours(), theirs():
        block = fresh(row.make)(kit)
        block(4)
        block(4)
        kit.end()
    assert before.items() <= vars(threading).items()


def test_rivals_are_timed_in_turn() -> None:
    order: list[str] = []
    times = take([lambda _: order.append("a"), lambda _: order.append("b")], 0.0, 4)
    assert [len(rival) for rival in times] == [4, 4]
    # The calibration is the last rival's, and each is run once before it counts.
    assert "".join(order) == "b" + "ab" + "ab" + "ba" + "ab" + "ba"


def test_a_ratio_is_of_neighbours() -> None:
    assert ratio([1, 20, 300], [2, 10, 300]) == 1


def test_a_fresh_function_shares_no_code() -> None:
    def make() -> object:
        def inner() -> None:
            pass

        return inner

    again = fresh(make)
    assert make().__code__ is make().__code__  # type: ignore[attr-defined]
    assert again().__code__ is not make().__code__  # type: ignore[attr-defined]


def test_the_page_has_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "event wait", "--only", "submit().result", "--format", "json"]) == 0
    page = json.loads(capsys.readouterr().out)
    peers = {row["name"]: [peer["name"] for peer in row["peers"]] for row in page["rows"]}
    assert peers == {"Event wait, set": ["stdlib"], "submit().result()": ["stdlib", "our Event ping-pong"]}
    for row in page["rows"]:
        for peer in row["peers"]:
            assert row["ns"] > 0
            assert peer["ns"] > 0
            assert peer["met"] == (peer["ratio"] <= peer["goal"])


def test_an_unknown_row_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "Lokc"]) == 2
    assert "no row is called Lokc" in capsys.readouterr().err


def test_without_valgrind_nothing_is_counted(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError):
        instructions.count()
    assert main(["--instructions"]) == 2
    assert "valgrind is not installed" in capsys.readouterr().err
