"""What the glue does with its connections: many in one commit, each with its own answer, and what breaks is made up for."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from pydantic import SecretStr

from basepool.config import Settings
from basepool.database import Database
from basepool.errors import (
    BasepoolError,
    DatabaseBusy,
    DatabaseUnreachable,
    ForeignPrediction,
    InvalidInput,
    LeaseLost,
    UnknownAttempt,
)
from basepool.migrate import migrate
from basepool.model import Verdict
from dev import devserver
from dev.devserver import DevServer
from tests.pooler import Pooler
from tests.support import PATIENCE_SECONDS, Owner, eventually

_BACKENDS = "select count(*) from pg_stat_activity where usename = 'basepool_glue' and datname = current_database()"
# how many transactions wrote the rows; those of one item of a set are its own
_COMMITS = "select count(distinct xmin::text) from"
_WAITS = f"{_BACKENDS} and wait_event_type = 'Lock'"


@asynccontextmanager
async def _open(url: str, **settings: Any) -> AsyncIterator[Database]:
    given = {"db_timeout_seconds": PATIENCE_SECONDS} | settings
    async with Database.open(Settings(database_url=SecretStr(url), **given)) as database:
        yield database


@pytest.fixture
async def database(glue_url: str) -> AsyncIterator[Database]:
    async with _open(glue_url) as database:
        yield database


@pytest.fixture
def attempts(owner: Owner) -> list[UUID]:
    """Forty leases, unanswered."""
    owner.rows("select basepool.add_token('r8_token_number_1', 'sim-1', 'user', null, 100)")
    owner.rows("update basepool.accounts set creates_per_minute = 60000, burst = 1000")
    for number in range(40):
        owner.submit(number)
    rows = owner.rows("select attempt_id from basepool.claim_generations('tester', 40)")
    return [row[0] for row in rows]


def _starting(id: str) -> dict[str, Any]:
    return {"id": id, "status": "starting"}


async def _outcomes(*calls: Any) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_answers_that_come_together_are_recorded_in_one_commit(
    database: Database, owner: Owner, attempts: list[UUID]
) -> None:
    outcomes = await _outcomes(
        *(
            database.record_submitted(attempt=attempt, prediction=_starting(f"p{n}"), has_webhook=True)
            for n, attempt in enumerate(attempts)
        )
    )
    assert outcomes == ["recorded"] * 40
    assert owner.value(f"{_COMMITS} basepool.seats where prediction_id is not null") == 1


async def test_what_comes_while_a_call_is_under_way_goes_with_the_next(
    database: Database, owner: Owner, attempts: list[UUID]
) -> None:
    async def apply(n: int) -> str:
        await asyncio.sleep(n / 1000)
        return await database.apply_prediction(
            attempt=attempts[n], prediction=_starting(f"p{n}"), source="webhook", webhook_id=f"msg_{n}"
        )

    with _lock(owner, attempts[0]):
        calls = asyncio.gather(*(apply(n) for n in range(40)))
        await asyncio.to_thread(eventually, lambda: owner.value(_WAITS) == 1, "that the first waits")
    assert await calls == ["applied"] * 40
    assert owner.value(f"{_COMMITS} basepool.webhook_events") < 20


@contextmanager
def _lock(owner: Owner, attempt: UUID) -> Iterator[None]:
    """The seat of an attempt, locked by somebody else."""
    with psycopg.connect(owner._connection.info.dsn) as connection:
        connection.execute("select from basepool.seats where attempt_id = %s for update", [attempt])
        yield


async def test_a_call_that_waits_for_a_lock_keeps_nobody_else_waiting(
    database: Database, owner: Owner, attempts: list[UUID]
) -> None:
    def apply(n: int) -> asyncio.Task[str]:
        return asyncio.create_task(
            database.apply_prediction(attempt=attempts[n], prediction=_starting(f"p{n}"), source="poll")
        )

    with _lock(owner, attempts[0]):
        waits = apply(0)
        await asyncio.to_thread(eventually, lambda: owner.value(_WAITS) == 1, "that the first waits")
        assert await asyncio.gather(*(apply(n) for n in range(1, 40))) == ["applied"] * 39
        assert not waits.done()
    assert await waits == "applied"


async def test_a_bad_item_costs_itself(database: Database, owner: Owner, attempts: list[UUID]) -> None:
    """Also one that Postgres can't read: NaN, half a surrogate, infinity."""
    bad: dict[int, tuple[UUID, dict[str, Any], type[BasepoolError]]] = {
        3: (uuid4(), _starting("x"), UnknownAttempt),
        5: (attempts[5], {**_starting("x5"), "metrics": {"predict_time": float("nan")}}, InvalidInput),
        8: (attempts[8], {**_starting("x8"), "output": "\ud800"}, InvalidInput),
        13: (attempts[13], {"status": "starting"}, InvalidInput),
        21: (attempts[21], _starting("another"), ForeignPrediction),
        34: (attempts[34], {**_starting("x34"), "output": float("inf")}, InvalidInput),
    }
    owner.rows('select basepool.record_submitted(%s, \'{"id": "p21", "status": "starting"}\')', attempts[21])
    items = [(attempt, _starting(f"p{n}")) for n, attempt in enumerate(attempts)]
    for n, (attempt, prediction, _) in bad.items():
        items[n] = attempt, prediction
    outcomes = await _outcomes(
        *(database.apply_prediction(attempt=a, prediction=prediction, source="poll") for a, prediction in items)
    )
    assert {n: type(outcomes[n]) for n in bad} == {n: kind for n, (_, _, kind) in bad.items()}
    assert [outcome for n, outcome in enumerate(outcomes) if n not in bad] == ["applied"] * 34


async def test_accepted_refused_and_lost_go_together(database: Database, owner: Owner, attempts: list[UUID]) -> None:
    owner.rows("select basepool.cancel_for_user(generation_id) from basepool.seats where attempt_id = %s", attempts[2])
    owner.rows(
        'select basepool.apply_prediction(%s, \'{"id": "other", "status": "succeeded"}\', \'poll\')', attempts[3]
    )
    accepted, refused, unsent, late = await _outcomes(
        database.record_submitted(attempt=attempts[0], prediction=_starting("p0"), has_webhook=False),
        database.record_rejected(attempt=attempts[1], source="http", status=422, body='{"detail": "no\x00"}'),
        database.record_rejected(attempt=attempts[4], source="transport", status=None, body="unsent: late"),
        database.record_submitted(attempt=attempts[3], prediction=_starting("p3"), has_webhook=True),
    )
    assert accepted == "recorded"
    assert isinstance(refused, Verdict)
    assert (refused.decision, refused.rule) == ("fail", "input-invalid")
    assert isinstance(unsent, Verdict)
    assert (unsent.decision, unsent.rule) == ("retry", "sent-too-late")
    assert isinstance(late, LeaseLost)


async def test_a_set_is_not_larger_than_the_database_takes(
    database: Database, owner: Owner, attempts: list[UUID]
) -> None:
    large = "x" * 3_000_000
    outcomes = await _outcomes(
        *(
            database.apply_prediction(
                attempt=attempts[n],
                prediction={**_starting(f"p{n}"), "logs": large},
                source="webhook",
                webhook_id=f"m{n}",
            )
            for n in range(6)
        )
    )
    assert outcomes == ["applied"] * 6
    assert owner.value(f"{_COMMITS} basepool.webhook_events") == 3


async def test_a_server_that_hung_up_is_noticed_before_anything_is_sent(
    database: Database, owner: Owner, attempts: list[UUID]
) -> None:
    """Also by a claim, which must not be done twice: three times all connections are closed while they are idle."""
    owner.submit(100)
    for _ in range(3):
        await _outcomes(*(database.health() for _ in range(5)))
        assert owner.value(_BACKENDS) > 0
        closed = owner.rows(_BACKENDS.replace("count(*)", "pid, pg_terminate_backend(pid)"))
        left = "select count(*) from pg_stat_activity where pid = any(%s)"
        pids = [pid for pid, _ in closed]
        await asyncio.to_thread(eventually, lambda: owner.value(left, pids) == 0, "that all are closed")  # noqa: B023
        assert (await database.claim_generations(worker="w", max=1)).answer in {"lease", "empty"}
    assert owner.value("select count(*) from basepool.seats where attempt_id is not null") == 41


@pytest.mark.parametrize("what", ["idempotent", "a claim"])
async def test_what_breaks_under_way_is_repeated_only_where_that_does_no_harm(
    database: Database, owner: Owner, attempts: list[UUID], what: str
) -> None:
    with _lock(owner, attempts[0]), psycopg.connect(owner._connection.info.dsn) as other:
        if what == "idempotent":
            call = asyncio.ensure_future(
                database.apply_prediction(attempt=attempts[0], prediction=_starting("p"), source="poll")
            )
        else:
            owner.submit(100)
            other.execute("select from basepool.limiters for update")
            call = asyncio.ensure_future(database.claim_generations(worker="w", max=1))  # type: ignore[arg-type]
        await asyncio.to_thread(eventually, lambda: owner.value(_WAITS) == 1, "that it waits")
        owner.rows(_WAITS.replace("count(*)", "pg_terminate_backend(pid)"))
        if what == "idempotent":
            await asyncio.to_thread(eventually, lambda: owner.value(_WAITS) == 1, "that it waits again")
        else:
            with pytest.raises(DatabaseUnreachable):
                await asyncio.wait_for(call, PATIENCE_SECONDS)
    if what == "idempotent":
        assert await call == "applied"


async def _statements(database: Database) -> int:
    """How many statements are prepared on its one connection."""
    async with database._pool.connection() as connection:
        row = await (await connection.execute("select count(*) as n from pg_prepared_statements")).fetchone()
        assert row
        return int(row["n"])


async def test_statements_are_prepared_where_the_connection_is_direct(glue_url: str) -> None:
    async with _open(glue_url, db_pool_size=1) as database:
        for _ in range(10):
            await database.health()
        assert await _statements(database) == 1
    async with _open(glue_url, db_pool_size=1, database_pooler="transaction") as database:
        for _ in range(10):
            await database.health()
        assert await _statements(database) == 0


@pytest.fixture
def pooled_url(server: DevServer, glue_url: str) -> Iterator[str]:
    """The same through a pooler that gives each transaction another server connection."""
    with Pooler(server.port) as pooler:
        yield pooler.url(glue_url)


async def _busily(*databases: Database) -> None:
    """Each of them many times the same, in turn and at once."""
    for _ in range(10):
        for database in databases:
            await database.health()
            await database.list_tokens()
    await asyncio.gather(*(each.get_status() for each in databases for _ in range(60)))


async def test_behind_a_pooler_none_is_prepared(pooled_url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with _open(pooled_url) as one, _open(pooled_url) as other:
        await _busily(one, other)
        assert not one._may_prepare
        assert not other._may_prepare
    # it was known before anything failed
    assert "DATABASE_POOLER" not in caplog.text


async def test_where_a_prepared_statement_fails_no_more_are_prepared(
    pooled_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """DATABASE_POOLER says that there is no pooler in between, and there is."""
    settings = {"database_pooler": "none"}
    async with _open(pooled_url, **settings) as one, _open(pooled_url, **settings) as other:
        await _busily(one, other)
        assert not (one._may_prepare and other._may_prepare)
    assert "set DATABASE_POOLER=transaction" in caplog.text


async def test_a_function_that_is_migrated_meanwhile_is_called_as_it_is_now(glue_url: str, owner: Owner) -> None:
    async with _open(glue_url) as database:
        for _ in range(10):
            await asyncio.gather(*(database.get_status() for _ in range(4)))
        owner.rows("drop function basepool.get_status()")
        owner.rows(
            "create function basepool.get_status() returns json language sql as $$ select '{\"new\": true}'::json $$"
        )
        for _ in range(10):
            assert await asyncio.gather(*(database.get_status() for _ in range(4))) == [{"new": True}] * 4


async def test_while_the_database_is_down_all_are_told_and_none_waits_for_the_others() -> None:
    with devserver.start() as server:
        migrate(server.url(), echo=lambda *_: None)
        async with _open(server.url(), db_timeout_seconds=2) as database:
            await database.health()
            threading.Thread(target=server.crash).start()
            while not isinstance((await _outcomes(database.health()))[0], DatabaseUnreachable):
                pass

            async def apply(n: int) -> str:
                await asyncio.sleep(n * 0.01)
                return await database.apply_prediction(attempt=uuid4(), prediction=_starting(f"p{n}"), source="poll")

            outcomes = await asyncio.wait_for(_outcomes(*(apply(n) for n in range(300))), PATIENCE_SECONDS)
            assert {type(outcome) for outcome in outcomes} == {DatabaseUnreachable}
            server.restart()
            [outcome] = await _outcomes(
                database.apply_prediction(attempt=uuid4(), prediction=_starting("p"), source="poll")
            )
            assert isinstance(outcome, UnknownAttempt)


@contextmanager
def _table_lock(owner: Owner, table: str) -> Iterator[None]:
    """A table, locked by somebody else, as alter table does."""
    with psycopg.connect(owner._connection.info.dsn) as connection:
        connection.execute(f"lock table {table} in access exclusive mode".encode())
        yield


async def _ends_in_time(call: Any) -> BaseException | Any:
    return (await asyncio.wait_for(asyncio.gather(call, return_exceptions=True), PATIENCE_SECONDS))[0]


@pytest.mark.parametrize("way", ["direct", "pooled"])
async def test_a_claim_that_takes_too_long_ends_and_uses_up_no_try(
    glue_url: str, pooled_url: str, owner: Owner, way: str
) -> None:
    owner.rows("select basepool.add_token('r8_token_number_1', 'sim-1', 'user', null, 100)")
    id = owner.submit(1)
    async with _open(glue_url if way == "direct" else pooled_url, db_timeout_seconds=2) as database:
        with _table_lock(owner, "public.replicate_tokens"):
            refused = await _ends_in_time(database.claim_generations(worker="w", max=1))
        assert isinstance(refused, DatabaseBusy)
        assert refused.code == "TP040"
        assert owner.value("select count(*) from basepool._all_attempts()") == 0
        assert owner.rows("select generation_id, tries from basepool.queue") == [(id, 0)]
        [lease] = (await database.claim_generations(worker="w", max=1)).leases
        assert lease.attempt_no == 1


@pytest.mark.parametrize("way", ["direct", "pooled"])
async def test_a_statement_ends_in_the_time_that_is_its_own(
    glue_url: str, pooled_url: str, owner: Owner, way: str
) -> None:
    """What a person waits for may take longer than what others wait behind."""
    owner.rows(
        "create or replace function basepool._clean_up() returns jsonb language sql"
        " as $$ select to_jsonb(current_setting('statement_timeout') || current_setting('lock_timeout')) $$"
    )
    owner.rows(
        "create or replace function basepool.health() returns jsonb language sql security definer"
        " as $$ select pg_sleep(600); select '{}'::jsonb $$"
    )
    async with _open(glue_url if way == "direct" else pooled_url, db_timeout_seconds=1) as database:
        done = await database.run_job(job="cleanup", trigger="test")
        assert done["result"] == "10min2min"
        assert isinstance(await _ends_in_time(database._rows("basepool.health")), DatabaseBusy)
        # nothing of it stays with a server connection that another client may get next
        [row] = await database._rows("basepool.now")
        assert row


@pytest.mark.parametrize("way", ["direct", "pooled"])
async def test_what_somebody_holds_costs_itself(
    glue_url: str, pooled_url: str, owner: Owner, attempts: list[UUID], way: str
) -> None:
    """Somebody holds a seat for longer than we wait: its own answer has to come again, those beside it are recorded."""
    async with _open(glue_url if way == "direct" else pooled_url, db_timeout_seconds=5) as database:
        with _lock(owner, attempts[7]):
            outcomes = await _outcomes(
                *(
                    database.record_submitted(attempt=attempt, prediction=_starting(f"p{n}"), has_webhook=True)
                    for n, attempt in enumerate(attempts)
                )
            )
    assert isinstance(outcomes.pop(7), DatabaseBusy)
    assert outcomes == ["recorded"] * 39


async def test_a_server_that_says_nothing_at_all_is_given_up(glue_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its limits of time are no use where the server itself stands still."""
    monkeypatch.setattr("basepool.database._SILENCE_SECONDS", 0.2)
    monkeypatch.setattr("basepool.database._limits", lambda seconds: {"statement": "0", "lock": "0"})
    async with _open(glue_url, db_timeout_seconds=1) as database:
        await database._rows("basepool.now")
        async with database._pool.connection() as connection:
            pid = connection.info.backend_pid
        os.kill(pid, signal.SIGSTOP)
        try:
            refused = await _ends_in_time(database._rows("basepool.now"))
        finally:
            os.kill(pid, signal.SIGCONT)
        assert isinstance(refused, DatabaseUnreachable)
        assert await database._rows("basepool.now")
