"""/readyz answers whatever has happened to the database, and its hint says what to do. Each of these outages lasts until it has
answered: an answer at all shows that it did not wait for the end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import httpx
import psutil
import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from basepool.config import Settings
from basepool.database import Database
from basepool.errors import from_database
from basepool.migrate import migrate
from basepool.web.app import create_app
from dev import devserver
from tests.support import PATIENCE_SECONDS, Owner

_CONNECTIONS = "select count(*) from pg_stat_activity where application_name = 'basepool ready'"


@contextlib.asynccontextmanager
async def _client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The application; what it waits for otherwise, it waits for long."""
    app = create_app(Settings(database_url=SecretStr(url), db_timeout_seconds=PATIENCE_SECONDS, worker_name="ready"))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://test", timeout=PATIENCE_SECONDS
        ) as client,
    ):
        yield client


async def _until(client: httpx.AsyncClient, status: int, hint: str = "") -> httpx.Response:
    """The first answer with that status and hint: what was seen last counts for a moment, and a busy machine is slow."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = await client.get("/readyz")
        if answer.status_code == status and hint in answer.json().get("hint", ""):
            return answer
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.05)


async def test_of_a_database_that_freezes_dies_and_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    with devserver.start() as server:
        migrate(server.url(), echo=lambda *_: None)
        async with _client(server.url()) as client:
            await _until(client, 200)
            postmaster = psutil.Process(server.pid)
            frozen = [postmaster, *postmaster.children(recursive=True)]
            for process in frozen:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.suspend()
            try:
                await _until(client, 503, "frozen")
            finally:
                for process in frozen:
                    # one that was about to end is gone as soon as the first goes on
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.resume()
            await _until(client, 200)

            caplog.clear()
            server.crash()
            answer = await _until(client, 503, "whether Postgres is running there")
            assert answer.json()["code"] == "TP012"
            assert str(server.port) not in answer.text
            for _ in range(5):
                assert (await client.get("/readyz")).status_code == 503
                await asyncio.sleep(0.2)
            server.restart()
            await _until(client, 200)
            said = [record.message for record in caplog.records if record.name == "basepool.web.readiness"]
            # one line when it begins and one when it ends, unless it had a reason to say it differently in between
            assert said[0].startswith("not ready: TP012")
            assert said[-1] == "ready again"
            assert len(said) == 2


async def test_whatever_is_locked(glue_url: str, database_url: str, owner: Owner) -> None:
    async with _client(glue_url) as client:
        await _until(client, 200)
        with psycopg.connect(database_url) as holder:
            for schema, name in owner.rows(
                "select schemaname, tablename from pg_tables where schemaname in ('public', 'basepool')"
            ):
                holder.execute(sql.SQL("lock table {} in access exclusive mode").format(sql.Identifier(schema, name)))
            await _until(client, 503, "somebody holds a lock")
            for _ in range(3):
                assert (await client.get("/readyz")).status_code == 503
                # however often it is asked, it asks once
                assert owner.value(_CONNECTIONS) <= 1
                await asyncio.sleep(0.05)
        await _until(client, 200)


async def test_of_connections_that_are_all_taken(glue_url: str, owner: Owner) -> None:
    async with _client(glue_url) as client:
        owner.rows("alter role basepool_glue connection limit 0")
        try:
            answer = await _until(client, 503, "All its connections are taken")
        finally:
            owner.rows("alter role basepool_glue connection limit -1")
        assert answer.json()["code"] == "TP012"
        await _until(client, 200)


async def test_of_a_login_that_is_refused(glue_url: str) -> None:
    async with _client(glue_url.replace("//basepool_glue@", "//somebody_else@")) as client:
        answer = await _until(client, 503, "Check user, password and database name")
    assert answer.json()["code"] == "TP013"
    assert "somebody_else" not in answer.text


async def test_strangers_who_ask_all_the_time_share_one_look(glue_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    ask = Database.health_of_new_connection

    async def counted(self: Database) -> dict[str, object]:
        nonlocal looks
        looks += 1
        return await ask(self)

    monkeypatch.setattr(Database, "health_of_new_connection", counted)
    async with _client(glue_url) as client:
        began = time.monotonic()
        for _ in range(10):
            await asyncio.gather(*(client.get("/readyz") for _ in range(50)))
        assert 1 <= looks <= 1 + (time.monotonic() - began) / 0.2


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("FATAL:  sorry, too many clients already", "TP012", "connections are taken"),
        (
            "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
            "TP012",
            "connections are taken",
        ),
        ('FATAL:  too many connections for database "app"', "TP012", "connections are taken"),
        ("FATAL:  no more connections allowed (max_client_conn)", "TP012", "connections are taken"),
        ("FATAL:  MaxClientsInSessionMode: max clients reached", "TP012", "connections are taken"),
        ("FATAL:  the database system is starting up", "TP012", "starting or stopping"),
        ("FATAL:  the database system is shutting down", "TP012", "starting or stopping"),
        ("FATAL:  the database system is in recovery mode", "TP012", "starting or stopping"),
        ("connection timeout expired", "TP012", "did not answer in time"),
        ("connection refused", "TP012", "whether Postgres is running there"),
        ("could not translate host name", "TP012", "whether Postgres is running there"),
        ('FATAL:  password authentication failed for user "x"', "TP013", "user, password and database name"),
        ('FATAL:  role "x" does not exist', "TP013", "user, password and database name"),
        ("FATAL:  Tenant or user not found", "TP013", "user, password and database name"),
    ],
)
def test_the_hint_fits_the_reason(text: str, code: str, hint: str) -> None:
    error = from_database(
        psycopg.OperationalError(f'connection failed: connection to server at "10.0.0.1", port 5432 failed: {text}')
    )
    assert error.code == code
    assert hint in error.hint
    assert "10.0.0.1" not in error.message
