"""Bodies in the application itself, which is all there is on a serverless host: no bound of the server's helps there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from basepool.config import Settings
from basepool.web.app import create_app
from basepool.web.bodies import Bodies
from basepool.web.refusal import Refusal
from tests.support import PATIENCE_SECONDS, WEBHOOK_SECRET, Owner, signed


def _bodies(**settings: Any) -> Bodies:
    given = {"webhook_max_bytes": 1000, "serve_max_bytes": 2500, "serve_timeout_seconds": PATIENCE_SECONDS}
    return Bodies(Settings(**given | settings))


def _request(*messages: Message, **headers: str) -> Request:
    """A request whose body comes in `messages`; and after them nothing ever comes."""
    left = list(messages)

    async def receive() -> Message:
        return left.pop(0) if left else await asyncio.get_running_loop().create_future()

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": raw}, receive)


def _part(size: int, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


async def _refused(bodies: Bodies, request: Request) -> int:
    with pytest.raises(Refusal) as caught:
        async with bodies.read(request):
            pytest.fail("it was read")
    return caught.value.status


async def test_a_body_is_put_together_and_counts_while_it_is_worked_on() -> None:
    bodies = _bodies()
    async with bodies.read(_request(_part(400), _part(0), _part(600, more=False))) as body:
        assert (body, bodies.held) == (b"x" * 1000, 1000)
    assert bodies.held == 0


async def test_large_ones_are_put_together_from_their_blocks() -> None:
    bodies = _bodies(webhook_max_bytes=1_000_000, serve_max_bytes=1_000_000)
    parts: list[Message] = [
        {"type": "http.request", "body": bytes([n]) * 40_000, "more_body": n < 20} for n in range(21)
    ]
    async with bodies.read(_request(*parts)) as body:
        assert body == b"".join(part["body"] for part in parts)


@pytest.mark.parametrize("parts", [[1001], [500, 500, 1], [1] * 1001])
async def test_one_that_is_too_large_is_refused_as_soon_as_it_is(parts: list[int]) -> None:
    bodies = _bodies()
    # after its last part nothing comes: whoever waited for more would wait for ever
    assert await _refused(bodies, _request(*map(_part, parts))) == 413
    assert bodies.held == 0


async def test_one_that_is_slow_is_refused() -> None:
    bodies = _bodies(serve_timeout_seconds=0.05)
    assert await _refused(bodies, _request(_part(400))) == 408
    assert bodies.held == 0


async def test_all_together_have_a_bound_and_who_comes_then_comes_again() -> None:
    bodies = _bodies()
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(bodies.read(_request(_part(1000, more=False))))
        assert await _refused(bodies, _request(_part(501))) == 503
        async with bodies.read(_request(_part(500, more=False))):
            assert bodies.held == 2500
        assert bodies.held == 2000
    assert bodies.held == 0


async def test_who_goes_away_gives_back_what_he_held() -> None:
    bodies = _bodies()
    with pytest.raises(ClientDisconnect):
        async with bodies.read(_request(_part(900), {"type": "http.disconnect"})):
            pytest.fail("it was read")
    assert bodies.held == 0


async def test_so_does_who_is_given_up() -> None:
    bodies = _bodies()

    async def read() -> None:
        async with bodies.read(_request(_part(900))):
            pytest.fail("it was read")

    task = asyncio.create_task(read())
    while not bodies.held:
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert bodies.held == 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_length": "1001"}, 413),
        ({"content_length": "9" * 5000}, 413),
        ({"content_encoding": "gzip"}, 415),
        ({"content_encoding": "identity, br"}, 415),
        ({"content_encoding": " GZip "}, 415),
    ],
)
def test_what_the_head_says_is_enough(headers: dict[str, str], status: int) -> None:
    with pytest.raises(Refusal) as caught:
        _bodies().check(_request(**headers))
    assert caught.value.status == status


@pytest.mark.parametrize("headers", [{}, {"content_length": "1000"}, {"content_encoding": "identity"}])
def test_what_is_plain_is_let_in(headers: dict[str, str]) -> None:
    _bodies().check(_request(**headers))


# the application: what can be refused without the body is refused before a byte of it is read


@contextlib.asynccontextmanager
async def _application(url: str, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(database_url=SecretStr(url), db_timeout_seconds=PATIENCE_SECONDS, **settings))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


def _stale(seconds: str) -> dict[str, str]:
    return signed(b"{}") | {"webhook-timestamp": seconds}


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("", {}, 400),
        ("?attempt=", {}, 400),
        ("?attempt=%00", {}, 400),
        ("?attempt={attempt}x", {}, 400),
        ("?attempt=urn:uuid:{attempt}", {}, 400),
        ("?attempt={attempt}&attempt=1", {}, 400),
        ("?attempt={attempt}", {"content-encoding": "gzip"}, 415),
        ("?attempt={attempt}", {"content-length": "99999999"}, 413),
        *(("?attempt={attempt}", {name: ""}, 401) for name in signed(b"{}") if name.startswith("webhook")),
        *(
            ("?attempt={attempt}", _stale(each), 401)
            for each in ("0", "1", "9999999999", "-1", "nan", "inf", "1e999", "x")
        ),
        ("?attempt={attempt}", {"webhook-signature": "v2,AAAA"}, 401),
        ("?attempt={attempt}", {"webhook-signature": "AAAA"}, 401),
        ("?attempt={attempt}", {"webhook-id": "x" * 257}, 401),
        ("?attempt={stranger}", {}, 404),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_the_head_is_looked_at_before_the_body_is_read(
    glue_url: str, owner: Owner, query: str, headers: dict[str, str], status: int
) -> None:
    owner.rows("select basepool.add_token('r8_token_number_1', 'sim-1', 'user', %s)", WEBHOOK_SECRET)
    owner.submit(1)
    attempt = owner.claim()["attempt_id"]
    read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal read
        read += 1
        yield b"{}"

    async with _application(glue_url) as client:
        answer = await client.post(
            "/webhooks/replicate" + query.format(attempt=attempt, stranger=uuid4()),
            content=body(),
            headers=signed(b"{}") | headers,
        )
    assert (answer.status_code, read) == (status, 0)
    assert answer.headers["connection"] == "close"
    assert owner.value("select count(*) from basepool.webhook_events where outcome like 'refused: %%'") == 1


async def test_without_the_database_nothing_is_read_either() -> None:
    async def body() -> AsyncIterator[bytes]:
        pytest.fail("it was read")
        yield b""

    url = "postgresql://x@127.0.0.1:1/x"
    app = create_app(Settings(database_url=SecretStr(url), db_timeout_seconds=0.5))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.post(f"/webhooks/replicate?attempt={uuid4()}", content=body(), headers=signed(b"{}"))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        # what is wrong with it has nothing to do with the database
        answer = await client.post("/webhooks/replicate?attempt=1", content=body(), headers=signed(b"{}"))
        assert answer.status_code == 400


async def test_a_slow_one_is_refused_by_the_application(glue_url: str, owner: Owner) -> None:
    owner.rows("select basepool.add_token('r8_token_number_1', 'sim-1', 'user', %s)", WEBHOOK_SECRET)
    owner.submit(1)
    attempt = owner.claim()["attempt_id"]

    async def body() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.get_running_loop().create_future()

    async with _application(glue_url, serve_timeout_seconds=0.2) as client:
        answer = await client.post(f"/webhooks/replicate?attempt={attempt}", content=body(), headers=signed(b"{}"))
    assert (answer.status_code, answer.json()["code"]) == (408, "PT408")
