"""The short version of `make outages`: those that are said and over soonest, one after the other on one stage."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from dev.devserver import PROJECT, DevServer
from tests.outages.catalog import OUTAGES, named
from tests.outages.run import measure
from tests.outages.stage import Stage, staged
from tests.support import PATIENCE_SECONDS

_SHORT = (
    "no connection is left",
    "the app's hook raises",
    "the worker is killed",
    "the store takes nothing",
    "the database is of another release",
)


@pytest.fixture(scope="module")
def stage(server: DevServer, template: str) -> Iterator[Stage]:
    url = server.create_database("outages", template)
    # on a busy machine, too, every call is sent in time; what a killed worker was about to send, another one sends soon
    with staged(
        server, url, {"send_within": "1 minute", "lease_time": "30 seconds", "check_after": "2 seconds"}
    ) as stage:
        yield stage
    server.drop_database("outages")


@pytest.mark.parametrize("name", _SHORT)
def test_it_is_said_and_nothing_is_lost(stage: Stage, name: str) -> None:
    figures = measure(stage, named(name), lasts=0, patience=2 * PATIENCE_SECONDS)
    assert figures.broken == []
    # how soon is for `make outages` to measure: this machine may be busy
    assert figures.said_after is not None
    assert figures.again_after is not None
    assert figures.generations > 0
    assert (figures.lost, figures.twice) == (0, 0)


def test_the_docs_have_the_figures_of_each() -> None:
    names = [outage.name for outage in OUTAGES]
    assert sorted(set(names)) == sorted(names)
    [section] = re.findall(r"^## Outages\n(.*?)^## ", (PROJECT / "docs" / "operations.md").read_text(), re.M | re.S)
    rows = re.findall(r"^\| (.+?) \| [\d.]+ \| ", section, re.M)
    assert rows == names
