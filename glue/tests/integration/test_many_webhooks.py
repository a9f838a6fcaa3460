"""Webhooks that arrive together: one commit, an answer for each; and secrets that are not asked for each time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from basepool.config import Settings
from basepool.database import Database
from basepool.migrate import migrate
from basepool.web.app import create_app
from dev import devserver
from tests.support import PATIENCE_SECONDS, Owner

_COUNT = 30
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_NEW_SECRET = "whsec_bmV3LXNlY3JldC1vZi10aGUtYWNjb3VudA=="
_FOREIGN_SECRET = "whsec_c2VjcmV0LW9mLWFub3RoZXItYWNjb3VudA=="


@contextlib.asynccontextmanager
async def _serving(url: str, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    given = {"db_timeout_seconds": PATIENCE_SECONDS} | settings
    app = create_app(Settings(database_url=SecretStr(url), **given))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://test", timeout=PATIENCE_SECONDS
        ) as client,
    ):
        yield client


@pytest.fixture
async def client(glue_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The application, as `basepool serve` runs it."""
    async with _serving(glue_url) as client:
        yield client


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The attempts for which the database was asked for secrets."""
    seen: list[UUID] = []
    ask = Database.get_webhook_secrets

    async def asked(self: Database, *, attempt: UUID) -> list[SecretStr]:
        seen.append(attempt)
        return await ask(self, attempt=attempt)

    monkeypatch.setattr(Database, "get_webhook_secrets", asked)
    return seen


def _claim(owner: Owner, count: int = _COUNT) -> list[UUID]:
    """So many leases of one token, whose account's secret is known."""
    owner.rows("select basepool.add_token('r8_token_number_1', 'sim-1', 'user', %s, 1000)", _SECRET)
    owner.rows("update basepool.accounts set creates_per_minute = 60000, burst = 1000")
    for number in range(count):
        owner.submit(number)
    rows = owner.rows("select attempt_id from basepool.claim_generations('tester', %s)", count)
    return [row[0] for row in rows]


@pytest.fixture
def attempts(owner: Owner) -> list[UUID]:
    return _claim(owner)


async def _post(
    client: httpx.AsyncClient,
    attempt: UUID,
    status: str = "succeeded",
    *,
    secret: str = _SECRET,
    prediction: str | None = None,
    body: str | None = None,
) -> httpx.Response:
    body = body or json.dumps({"id": prediction or f"p-{attempt}", "status": status, "output": "https://x/1.png"})
    id, at = f"msg_{uuid4().hex}", datetime.now(UTC)
    headers = {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, at, body),
    }
    return await client.post(f"/webhooks/replicate?attempt={attempt}", content=body, headers=headers)


async def test_they_are_applied_in_few_commits_and_all_are_answered(
    client: httpx.AsyncClient, owner: Owner, attempts: list[UUID]
) -> None:
    answers = await asyncio.gather(*(_post(client, attempt) for attempt in attempts))
    assert [(answer.status_code, answer.json()) for answer in answers] == [(200, {"outcome": "applied"})] * _COUNT
    assert owner.statuses() == {"completed": _COUNT}
    assert owner.value("select count(distinct xmin::text) from basepool.webhook_events") < _COUNT / 2


async def test_a_bad_one_is_answered_for_itself(client: httpx.AsyncClient, owner: Owner, attempts: list[UUID]) -> None:
    foreign, unreadable, forged = attempts[3], attempts[7], attempts[11]
    owner.rows('select basepool.record_submitted(%s, \'{"id": "other", "status": "starting"}\')', foreign)
    unknown = UUID(int=(attempts[0].int >> 96 << 96) + 1)
    given: dict[UUID, dict[str, Any]] = {attempt: {} for attempt in (*attempts, unknown)}
    given[unreadable] = {"body": '["p7", "succeeded"]'}
    given[forged] = {"secret": _FOREIGN_SECRET}
    answers = await asyncio.gather(*(_post(client, attempt, **how) for attempt, how in given.items()))
    bad = {
        attempt: (answer.status_code, answer.json()["code"])
        for attempt, answer in zip(given, answers, strict=True)
        if answer.status_code != 200
    }
    assert bad == {
        foreign: (409, "TP002"),
        unreadable: (400, "PT400"),
        forged: (401, "PT401"),
        unknown: (404, "TP001"),
    }
    assert owner.statuses()["completed"] == _COUNT - 3
    refused = "select count(*) from basepool.webhook_events where outcome like 'refused: %%'"
    assert owner.value(refused) == 4


async def test_while_the_database_is_down_all_are_told_to_come_again() -> None:
    with devserver.start() as server:
        migrate(server.url(), echo=lambda *_: None)
        owner = Owner(server.url())
        attempts = _claim(owner)
        owner.close()
        async with _serving(server.url(), db_timeout_seconds=5) as client:
            assert (await _post(client, attempts[0], "processing")).status_code == 200
            server.crash()
            began = time.monotonic()
            answers = await asyncio.gather(*(_post(client, attempt) for attempt in attempts))
            assert [answer.status_code for answer in answers] == [503] * _COUNT
            assert all(answer.headers["retry-after"] for answer in answers)
            # none of them waited for the failure of those before it, which would be two minutes
            assert time.monotonic() - began < 60
            server.restart()
            # as Replicate does
            left = attempts
            while left:
                answers = await asyncio.gather(*(_post(client, attempt) for attempt in left))
                assert {answer.status_code for answer in answers} <= {200, 503}
                left = [each for each, answer in zip(left, answers, strict=True) if answer.status_code == 503]
        owner = Owner(server.url())
        assert owner.statuses() == {"completed": _COUNT}
        owner.close()


async def test_secrets_are_asked_for_once(
    client: httpx.AsyncClient, attempts: list[UUID], looked_up: list[UUID]
) -> None:
    for status in ("processing", "succeeded"):
        answers = await asyncio.gather(*(_post(client, attempt, status) for attempt in attempts))
        assert {answer.status_code for answer in answers} == {200}
    assert len(looked_up) <= 1 + PATIENCE_SECONDS / 10


async def test_a_rotation_is_seen_at_once_by_all_that_arrive_together(
    client: httpx.AsyncClient, owner: Owner, attempts: list[UUID], looked_up: list[UUID]
) -> None:
    assert (await _post(client, attempts[0], "processing")).status_code == 200
    token = owner.value("select id from public.replicate_tokens")
    # the second after which a bad signature may ask again
    await asyncio.sleep(1)
    owner.rows("select basepool.record_account(%s, 'sim-1', 'user', %s)", token, _NEW_SECRET)
    before = len(looked_up)
    answers = await asyncio.gather(*(_post(client, attempt, secret=_NEW_SECRET) for attempt in attempts))
    assert [answer.status_code for answer in answers] == [200] * _COUNT
    assert 1 <= len(looked_up) - before < _COUNT
    # the former one counts, too, until the next rotation
    assert (await _post(client, attempts[0], secret=_SECRET)).status_code == 200


async def test_a_secret_that_is_out_of_use_is_forgotten(
    client: httpx.AsyncClient, owner: Owner, attempts: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await _post(client, attempts[0], "processing")).status_code == 200
    owner.rows("update basepool.accounts set webhook_secret = null, former_webhook_secret = null, former_until = null")
    now = time.monotonic()
    monkeypatch.setattr("basepool.web.secrets.time.monotonic", lambda: now + 11)
    for _ in range(3):
        assert (await _post(client, attempts[0])).status_code == 404


async def test_bad_signatures_ask_once_a_second(
    client: httpx.AsyncClient, attempts: list[UUID], looked_up: list[UUID]
) -> None:
    assert (await _post(client, attempts[0], "processing")).status_code == 200
    began = time.monotonic()
    unknown = UUID(int=(attempts[0].int >> 96 << 96) + 1)
    for _ in range(20):
        posts = [_post(client, attempt, secret=_FOREIGN_SECRET) for attempt in (*attempts[:5], unknown)]
        assert {answer.status_code for answer in await asyncio.gather(*posts)} <= {401, 404}
    assert len(looked_up) <= 1 + (time.monotonic() - began) + 1
    assert (await _post(client, attempts[0])).status_code == 200


async def test_who_makes_up_attempts_fills_no_memory(client: httpx.AsyncClient, attempts: list[UUID]) -> None:
    assert (await _post(client, attempts[0], "processing")).status_code == 200
    for _ in range(50):
        assert (await _post(client, uuid4())).status_code == 404
    app = client._transport.app  # type: ignore[attr-defined]
    assert len((await app.state.backends.get()).secrets._of_token) == 1
