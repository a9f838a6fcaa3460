"""/openapi.json says what `basepool serve` does: whatever is sent to it is answered as described, and each answer described
there can be had."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import jsonschema  # type: ignore[import-untyped]
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from pydantic import SecretStr
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import ignored_auth

from basepool.config import Settings
from basepool.web import app as web
from basepool.web.app import create_app
from dev.devserver import DevServer
from tests.support import PATIENCE_SECONDS, WEBHOOK_SECRET, Owner, serving, signed

_SECRET = "a-secret-of-32-characters-length"
_EXAMPLES = 30
_OUTPUT = "/outputs/{user}/{generation}/{file}"
_KEY = "5a1b0c4e-0000-4000-8000-000000000001/0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b/1.png"
_AUTHORIZED = {"authorization": f"Bearer {_SECRET}"}


@pytest.fixture(scope="module")
def described(server: DevServer, template: str) -> Iterator[BaseSchema]:
    """What a `basepool serve` says of itself. Its jobs have nothing to do, and Replicate is not there."""
    name = "openapi"
    url = server.create_database(name, template)
    with serving(
        DATABASE_URL=url.replace("//postgres@", "//basepool_glue@"),
        REPLICATE_BASE_URL="http://127.0.0.1:1",
        CRON_SECRET=_SECRET,
        DISPATCH_SECRET=_SECRET,
    ) as address:
        yield schemathesis.openapi.from_url(f"{address}/openapi.json")
    server.drop_database(name)


@pytest.mark.parametrize("headers", [{}, _AUTHORIZED], ids=["a stranger", "a scheduler"])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_whatever_is_sent_is_answered_as_described(
    described: BaseSchema, headers: dict[str, str], mode: GenerationMode
) -> None:
    """What fits the description, and what does not."""
    sent = 0
    for found in described.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not (operation.body or operation.query or operation.headers):
            # there is nothing that could be wrong
            continue

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=_EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def send(case: Any) -> None:
            nonlocal sent
            sent += 1
            # it leaves our headers when it looks what happens without; the stranger shows that
            excluded = [ignored_auth] if headers else []
            case.call_and_validate(headers=headers, excluded_checks=excluded, timeout=PATIENCE_SECONDS)

        send()
    assert sent >= _EXAMPLES


# each documented answer, asked for


@contextlib.asynccontextmanager
async def _application(url: str, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    given: dict[str, Any] = {
        "database_url": SecretStr(url),
        "db_timeout_seconds": PATIENCE_SECONDS,
        "cron_secret": SecretStr(_SECRET),
        "dispatch_secret": SecretStr(_SECRET),
        "replicate_base_url": "http://127.0.0.1:1",
    }
    app = create_app(Settings(**given | settings))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://test", timeout=PATIENCE_SECONDS
        ) as client,
    ):
        yield client


class _Asker:
    """Asks for each answer, of an application that works and of one whose database is not there."""

    def __init__(
        self,
        well: httpx.AsyncClient,
        ill: httpx.AsyncClient,
        private: httpx.AsyncClient,
        attempt: UUID,
        owner: Owner,
    ) -> None:
        self.well, self.ill, self.private, self.attempt, self.owner = well, ill, private, attempt, owner

    async def signed_link(self, client: httpx.AsyncClient) -> httpx.Response:
        expires = int(time.time()) + 600
        secret = self.owner.value("select basepool.get_output_secret()")
        signature = hmac.new(secret.encode(), f"{_KEY}\n{expires}".encode(), "sha256").hexdigest()
        return await client.get(f"/outputs/{_KEY}?expires={expires}&signature={signature}")

    async def webhook(
        self,
        body: bytes = b'{"id": "p1", "status": "processing"}',
        *,
        attempt: object = None,
        client: httpx.AsyncClient | None = None,
        **headers: str,
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await (client or self.well).post(
            f"/webhooks/replicate?attempt={attempt or self.attempt}", content=body, headers=signed(body) | named
        )

    async def slow(self) -> httpx.Response:
        async def body() -> AsyncIterator[bytes]:
            yield b"{"
            await asyncio.get_running_loop().create_future()

        return await self.well.post(
            f"/webhooks/replicate?attempt={self.attempt}", content=body(), headers=signed(b"{}")
        )

    async def failing(self, method: str) -> httpx.Response:
        self.owner.rows("alter function basepool._prune_history(integer) rename to prune_no_more")
        try:
            return await self.well.request(method, "/api/cron/prune", headers=_AUTHORIZED)
        finally:
            self.owner.rows("alter function basepool.prune_no_more(integer) rename to _prune_history")

    async def ready(self) -> httpx.Response:
        while (answer := await self.well.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.05)
        return answer


_Ask = Callable[[_Asker], Awaitable[httpx.Response]]
_HOW: dict[tuple[str, str, int], _Ask] = {
    ("post", "/webhooks/replicate", 200): lambda ask: ask.webhook(),
    ("post", "/webhooks/replicate", 400): lambda ask: ask.webhook(b"[]"),
    ("post", "/webhooks/replicate", 401): lambda ask: ask.webhook(webhook_signature="v1,AAAA"),
    ("post", "/webhooks/replicate", 404): lambda ask: ask.webhook(attempt=uuid4()),
    ("post", "/webhooks/replicate", 408): lambda ask: ask.slow(),
    ("post", "/webhooks/replicate", 409): lambda ask: ask.webhook(b'{"id": "another", "status": "processing"}'),
    ("post", "/webhooks/replicate", 413): lambda ask: ask.webhook(b"x" * 2000),
    ("post", "/webhooks/replicate", 415): lambda ask: ask.webhook(content_encoding="gzip"),
    ("post", "/webhooks/replicate", 503): lambda ask: ask.webhook(client=ask.ill),
    ("post", "/webhooks/dispatch", 200): lambda ask: ask.well.post("/webhooks/dispatch", headers=_AUTHORIZED),
    ("post", "/webhooks/dispatch", 401): lambda ask: ask.well.post("/webhooks/dispatch"),
    ("post", "/webhooks/dispatch", 503): lambda ask: ask.ill.post("/webhooks/dispatch"),
    ("get", _OUTPUT, 200): lambda ask: ask.well.get(f"/outputs/{_KEY}"),
    ("get", _OUTPUT, 206): lambda ask: ask.well.get(f"/outputs/{_KEY}", headers={"range": "bytes=1-2"}),
    ("get", _OUTPUT, 307): lambda ask: ask.signed_link(ask.private),
    ("get", _OUTPUT, 403): lambda ask: ask.private.get(f"/outputs/{_KEY}"),
    ("get", _OUTPUT, 404): lambda ask: ask.well.get(f"/outputs/{_KEY.replace('1.png', '2.png')}"),
    ("get", _OUTPUT, 416): lambda ask: ask.well.get(f"/outputs/{_KEY}", headers={"range": "bytes=1000-"}),
    ("get", _OUTPUT, 503): lambda ask: ask.signed_link(ask.ill),
    ("get", "/healthz", 200): lambda ask: ask.well.get("/healthz"),
    ("get", "/readyz", 200): lambda ask: ask.ready(),
    ("get", "/readyz", 503): lambda ask: ask.ill.get("/readyz"),
    ("get", "/openapi.json", 200): lambda ask: ask.well.get("/openapi.json"),
}


def _how_of_cron(method: str) -> dict[tuple[str, str, int], _Ask]:
    def ask(job: str, **how: Any) -> _Ask:
        return lambda ask: ask.well.request(method, f"/api/cron/{job}", **how)

    return {
        (method, "/api/cron/{job}", 200): ask("cleanup", headers=_AUTHORIZED),
        (method, "/api/cron/{job}", 401): ask("cleanup"),
        (method, "/api/cron/{job}", 404): ask("sweep", headers=_AUTHORIZED),
        (method, "/api/cron/{job}", 500): lambda ask: ask.failing(method),
        (method, "/api/cron/{job}", 503): lambda ask: ask.ill.request(method, "/api/cron/cleanup"),
    }


async def test_each_answer_that_is_described_can_be_had(glue_url: str, owner: Owner, tmp_path: Path) -> None:
    owner.rows("select basepool.add_token('r8_token_number_1', 'sim-1', 'user', %s)", WEBHOOK_SECRET)
    owner.submit(1)
    attempt = owner.claim()["attempt_id"]
    owner.rows('select basepool.record_submitted(%s, \'{"id": "p1", "status": "starting"}\')', attempt)
    (tmp_path / _KEY).parent.mkdir(parents=True)
    (tmp_path / _KEY).write_bytes(b"a text")
    async with (
        _application(glue_url, webhook_max_bytes=1000, serve_timeout_seconds=0.5, store_url=tmp_path.as_uri()) as well,
        _application(
            "postgresql://x@127.0.0.1:1/x",
            db_timeout_seconds=0.5,
            cron_secret=None,
            dispatch_secret=None,
            store_visibility="private",
        ) as ill,
        _application(
            glue_url,
            store_url="s3://bucket",
            store_visibility="private",
            store_region="eu-central-1",
            store_access_key_id=SecretStr("an-id"),
            store_secret_access_key=SecretStr("a-secret"),
        ) as private,
    ):
        document = (await well.get("/openapi.json")).json()
        described = {
            (method, path, int(status)): answer
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            for status, answer in operation["responses"].items()
        }
        how = _HOW | _how_of_cron("get") | _how_of_cron("post")
        assert described.keys() == how.keys()
        ask = _Asker(well, ill, private, attempt, owner)
        for (method, path, status), answer in described.items():
            had = await how[method, path, status](ask)
            assert had.status_code == status, (method, path, had.text)
            if "content" not in answer:
                assert had.content == b""
                continue
            [(media_type, content)] = answer["content"].items()
            if media_type == "*/*":
                continue
            assert had.headers["content-type"] == media_type
            jsonschema.validate(had.json(), content["schema"] | {"components": document["components"]})


def test_it_is_written_from_the_routes() -> None:
    app = create_app(Settings())
    assert [(route.path, route.methods - {"HEAD"}) for route in app.routes] == [  # type: ignore[attr-defined]
        (door.path, set(door.methods)) for door in web._DOORS
    ]
