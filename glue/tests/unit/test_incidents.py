"""What goes wrong for a while is two lines in the log, however often it is met."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from basepool.config import Settings
from basepool.database import Database
from basepool.incidents import Incidents, unsaid
from basepool.work import leases
from basepool.work.leases import Leases


def _said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def test_a_beginning_and_an_end_are_said_once_each(caplog: pytest.LogCaptureFixture) -> None:
    incidents = Incidents()
    incidents.end("it", "it works again")
    for _ in range(3):
        incidents.begin("it", "it fails")
    assert incidents
    incidents.begin("another", "another fails")
    for _ in range(3):
        incidents.end("it", "it works again")
    assert _said(caplog) == [
        ("ERROR", "it fails"),
        ("ERROR", "another fails"),
        ("ERROR", "it works again, after 0 s"),
    ]


def test_what_is_no_longer_there_is_over(caplog: pytest.LogCaptureFixture) -> None:
    incidents = Incidents()
    incidents.update({"a": "a is wrong", "b": "b is wrong"}, "over")
    incidents.update({"b": "b is still wrong"}, "over")
    incidents.update({}, "over")
    assert not incidents
    assert [text for _, text in _said(caplog)] == [
        "a is wrong",
        "b is wrong",
        "over: a, after 0 s",
        "over: b, after 0 s",
    ]


def test_what_lasts_is_said_again_every_day(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    incidents = Incidents()
    for hour in range(49):
        monkeypatch.setattr("basepool.incidents.time.monotonic", lambda hour=hour: 3600.0 * hour)
        incidents.begin("it", "it fails")
    incidents.end("it", "it works again")
    assert [text for _, text in _said(caplog)] == ["it fails"] * 3 + ["it works again, after 172800 s"]


def test_a_command_says_none_and_what_follows_it_does(caplog: pytest.LogCaptureFixture) -> None:
    incidents = Incidents()
    with suppress(OSError), unsaid():
        incidents.begin("it", "it fails")
        raise OSError
    incidents.end("it", "it works again")
    assert [text for _, text in _said(caplog)] == ["it works again, after 0 s"]


class _Database:
    """Has lost every lease."""

    asked = 0

    async def renew_leases(self, *, worker: str, attempts: list[UUID]) -> set[UUID]:
        self.asked += 1
        return set()


async def test_a_lost_lease_is_said_once(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "_RENEW_SECONDS", 0.001)
    database: Any = _Database()
    held = Leases(cast(Database, database), Settings(database_url=SecretStr("postgresql://x")))
    async with held.renewing():
        with held.hold(uuid4()), held.hold(uuid4()):
            while database.asked < 5:
                await asyncio.sleep(0.001)
    assert [text for _, text in _said(caplog)] == ["2 leases were lost: others find out what became of those calls"]
