"""CPython's own suites, passed by Raddle's types."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from conformance import SUITES, Environment, Judgement


@pytest.fixture(scope="module")
def judgements(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Judgement]]]:
    """All suites under way, two at a time."""
    environment = Environment(tmp_path_factory.mktemp("conformance"))
    with ThreadPoolExecutor(2) as pool:
        yield {suite.name: pool.submit(environment.judge, suite) for suite in SUITES}


@pytest.mark.parametrize("suite", [suite.name for suite in SUITES])
def test_a_suite_passes(suite: str, judgements: dict[str, Future[Judgement]]) -> None:
    judged = judgements[suite].result()
    if judged.missing:
        pytest.skip(f"this installation of Python does not have the suite: {judged.missing}")
    assert not judged.faults, judged.faults
