"""The door for Replicate's webhooks: what is genuine is applied once, what is not leaves a trace, and nothing is lost."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from basepool.config import Settings
from basepool.migrate import migrate
from basepool.web.app import create_app
from dev import devserver
from tests.support import PATIENCE_SECONDS, Owner

_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_OLD_SECRET = "whsec_b2xkLXNlY3JldC1vZi10aGUtYWNjb3VudA=="
_FOREIGN_SECRET = "whsec_c2VjcmV0LW9mLWFub3RoZXItYWNjb3VudA=="


def _prediction(status: str, id: str = "p1") -> dict[str, Any]:
    return {
        "id": id,
        "status": status,
        "output": ["https://replicate.delivery/1.png"] if status == "succeeded" else None,
        "error": None,
        "metrics": {"predict_time": 1.5} if status == "succeeded" else {},
    }


def _signed(body: bytes, secret: str = _SECRET, id: str | None = None, off: timedelta = timedelta(0)) -> dict[str, str]:
    """The headers of a webhook; `off`: how far its clock is from ours."""
    id, at = id or f"msg_{uuid4().hex}", datetime.now(UTC) + off
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, at, body.decode()),
        "content-type": "application/json",
    }


@pytest.fixture
async def client(glue_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The application, as `basepool serve` runs it."""
    app = create_app(
        Settings(database_url=SecretStr(glue_url), db_timeout_seconds=PATIENCE_SECONDS, webhook_max_bytes=10_000)
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


@pytest.fixture
def attempt(owner: Owner) -> UUID:
    """A generation that is claimed (pending until Replicate is known to have it), with an account whose secret is known."""
    owner.rows("select basepool.add_token('r8_token_number_1', 'sim-1', 'user', %s)", _SECRET)
    owner.submit(1)
    return UUID(str(owner.claim()["attempt_id"]))


async def _post(client: httpx.AsyncClient, attempt: object, status: str, **signing: Any) -> httpx.Response:
    body = json.dumps(_prediction(status)).encode()
    return await client.post(f"/webhooks/replicate?attempt={attempt}", content=body, headers=_signed(body, **signing))


def _outcomes(owner: Owner) -> list[str]:
    return [row[0] for row in owner.rows("select outcome from basepool.webhook_events order by received_at")]


async def test_a_genuine_one_completes_the_generation(client: httpx.AsyncClient, owner: Owner, attempt: UUID) -> None:
    answer = await _post(client, attempt, "succeeded")
    assert (answer.status_code, answer.json()) == (200, {"outcome": "applied"})
    assert owner.rows("select status, output_urls, replicate_prediction_id from public.generations") == [
        ("completed", ["https://replicate.delivery/1.png"], "p1")
    ]


async def test_the_documented_test_vector_is_accepted_only_in_its_time(
    client: httpx.AsyncClient, owner: Owner, attempt: UUID
) -> None:
    """Replicate's own example: the signature is right, its time is long past."""
    answer = await client.post(
        f"/webhooks/replicate?attempt={attempt}",
        content=b'{"test": 2432232314}',
        headers={
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
    )
    assert answer.status_code == 401
    assert "too old" in answer.json()["message"].lower()


@pytest.mark.parametrize(
    ("signing", "says"),
    [
        ({"secret": _FOREIGN_SECRET}, "signature"),
        ({"off": -timedelta(minutes=6)}, "too old"),
        ({"off": timedelta(minutes=6)}, "too new"),
    ],
    ids=["another account's secret", "too old", "from the future"],
)
async def test_a_forged_one_is_refused_and_leaves_a_trace(
    client: httpx.AsyncClient, owner: Owner, attempt: UUID, signing: dict[str, Any], says: str
) -> None:
    answer = await _post(client, attempt, "succeeded", **signing)
    assert answer.status_code == 401
    assert says in answer.json()["message"].lower()
    assert owner.statuses() == {"pending": 1}
    [outcome] = _outcomes(owner)
    assert outcome.startswith("refused: bad signature")
    assert _SECRET[6:] not in answer.text


async def test_a_body_that_was_changed_is_refused(client: httpx.AsyncClient, owner: Owner, attempt: UUID) -> None:
    headers = _signed(json.dumps(_prediction("failed")).encode())
    answer = await client.post(
        f"/webhooks/replicate?attempt={attempt}", content=json.dumps(_prediction("succeeded")), headers=headers
    )
    assert answer.status_code == 401
    assert owner.statuses() == {"pending": 1}


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
async def test_a_missing_header_is_named(client: httpx.AsyncClient, attempt: UUID, header: str) -> None:
    body = json.dumps(_prediction("succeeded")).encode()
    headers = _signed(body)
    del headers[header]
    answer = await client.post(f"/webhooks/replicate?attempt={attempt}", content=body, headers=headers)
    assert answer.status_code == 401
    assert header in answer.json()["message"]


async def test_the_former_secret_counts_while_it_is_rotated(
    client: httpx.AsyncClient, owner: Owner, attempt: UUID
) -> None:
    token = owner.value("select token_id from basepool.seats where attempt_id = %s", attempt)
    owner.rows("select basepool.record_account(%s, 'sim-1', 'user', %s)", token, _OLD_SECRET)
    assert (await _post(client, attempt, "processing", secret=_SECRET)).status_code == 200
    assert (await _post(client, attempt, "succeeded", secret=_OLD_SECRET)).status_code == 200
    assert owner.statuses() == {"completed": 1}


async def test_one_that_is_too_large_is_refused(client: httpx.AsyncClient, owner: Owner, attempt: UUID) -> None:
    async def without_length() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield b" " * 1000

    url = f"/webhooks/replicate?attempt={attempt}"
    assert (await client.post(url, content=b" " * 10_001)).status_code == 413
    assert (await client.post(url, content=without_length(), headers=_signed(b"{}"))).status_code == 413
    assert owner.statuses() == {"pending": 1}
    assert ["larger than 10000 bytes" in outcome for outcome in _outcomes(owner)] == [True, True]


async def test_an_unknown_attempt_is_404_and_leaves_a_trace(client: httpx.AsyncClient, owner: Owner) -> None:
    answer = await _post(client, uuid4(), "succeeded")
    assert (answer.status_code, answer.json()["code"]) == (404, "TP001")
    assert len(_outcomes(owner)) == 1
    for attempt in ("", "1; drop table x", "00"):
        assert (await _post(client, attempt, "succeeded")).status_code == 400


async def test_a_prediction_of_another_attempt_is_409(client: httpx.AsyncClient, owner: Owner, attempt: UUID) -> None:
    owner.rows('select basepool.record_submitted(%s, \'{"id": "other", "status": "starting"}\')', attempt)
    answer = await _post(client, attempt, "succeeded")
    assert (answer.status_code, answer.json()["code"]) == (409, "TP002")
    assert owner.statuses() == {"processing": 1}


async def test_what_is_signed_but_no_prediction_is_400(client: httpx.AsyncClient, attempt: UUID) -> None:
    for body in (b"[]", b'{"test": 1}'):
        answer = await client.post(f"/webhooks/replicate?attempt={attempt}", content=body, headers=_signed(body))
        assert (answer.status_code, answer.json()["code"]) == (400, "PT400")


async def test_every_signed_one_that_is_refused_is_written_down(
    client: httpx.AsyncClient, owner: Owner, attempt: UUID
) -> None:
    url, bodies = f"/webhooks/replicate?attempt={attempt}", [b"[]", b"succeeded", b'{"test": 1}'] * 10
    answers = await asyncio.gather(*(client.post(url, content=body, headers=_signed(body)) for body in bodies))
    assert [answer.status_code for answer in answers] == [400] * 30
    # at once: the rows are there before the answers
    assert [outcome.startswith("refused: ") for outcome in _outcomes(owner)] == [True] * 30


async def test_a_signed_one_that_can_not_be_written_down_comes_again(
    client: httpx.AsyncClient, owner: Owner, attempt: UUID
) -> None:
    owner.rows("revoke execute on function basepool.record_webhook_refused from basepool_glue")
    answer = await client.post(f"/webhooks/replicate?attempt={attempt}", content=b"[]", headers=_signed(b"[]"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_the_same_one_three_times_at_once_is_applied_once(
    client: httpx.AsyncClient, owner: Owner, attempt: UUID
) -> None:
    answers = await asyncio.gather(*(_post(client, attempt, "succeeded", id="msg_1") for _ in range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert sorted(answer.json()["outcome"] for answer in answers) == ["applied", "duplicate", "duplicate"]
    assert owner.value("select count(*) from basepool.webhook_events") == 1


async def test_order_does_not_matter(client: httpx.AsyncClient, owner: Owner, attempt: UUID) -> None:
    outcomes = [
        (await _post(client, attempt, status)).json()["outcome"] for status in ("succeeded", "processing", "warming-up")
    ]
    assert outcomes == ["applied", "stale", "stale"]
    assert owner.statuses() == {"completed": 1}


async def test_a_status_nobody_knows_is_no_error(client: httpx.AsyncClient, owner: Owner, attempt: UUID) -> None:
    assert (await _post(client, attempt, "warming-up")).status_code == 200
    assert owner.rows("select state, prediction_status from basepool._all_attempts()") == [("running", "warming-up")]


async def test_while_the_database_is_down_it_is_503_and_afterwards_the_same_one_is_applied() -> None:
    with devserver.start() as server:
        migrate(server.url(), echo=lambda *_: None)
        owner = Owner(server.url())
        owner.rows("select basepool.add_token('r8_token_number_1', 'sim-1', 'user', %s)", _SECRET)
        owner.submit(1)
        attempt = owner.claim()["attempt_id"]
        owner.close()
        app = create_app(Settings(database_url=SecretStr(server.url()), db_timeout_seconds=5))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", timeout=60) as client,
        ):
            assert (await _post(client, attempt, "processing", id="msg_0")).status_code == 200
            server.crash()
            answer = await _post(client, attempt, "succeeded", id="msg_1")
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
            assert str(server.port) not in answer.text
            server.restart()
            # as Replicate does
            while (answer := await _post(client, attempt, "succeeded", id="msg_1")).status_code == 503:
                pass
            assert (answer.status_code, answer.json()["outcome"]) == (200, "applied")


async def test_forged_ones_can_not_fill_the_database(client: httpx.AsyncClient, owner: Owner, attempt: UUID) -> None:
    """Of those that come within a second, five leave a row."""
    began = int(time.monotonic())
    for _ in range(60):
        assert (await _post(client, attempt, "succeeded", secret=_FOREIGN_SECRET)).status_code == 401
    seconds = int(time.monotonic()) - began + 1
    assert len(_outcomes(owner)) <= 5 * seconds
