"""The other routes: closed without a secret, helpful with a wrong one, and silent about what is secret."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal
from uuid import uuid4

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from basepool.config import Settings
from basepool.web.app import create_app
from basepool.work.jobs import GLUE_JOBS
from tests.support import PATIENCE_SECONDS, Owner, eventually, signed

_SECRET = "a-secret-of-32-characters-length"


@contextlib.asynccontextmanager
async def _client(url: str, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(database_url=SecretStr(url), **{"db_timeout_seconds": PATIENCE_SECONDS} | settings))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


@contextlib.contextmanager
def _hosted(lifespan: Literal["on", "off"], **settings: Any) -> Iterator[str]:
    """The application at a host that sends lifespan events, or none; yields its URL."""
    app = create_app(Settings(**settings))
    server = uvicorn.Server(uvicorn.Config(app, lifespan=lifespan, log_config=None))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def _bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


@pytest.mark.parametrize("path", ["/api/cron/cleanup", "/webhooks/dispatch"])
async def test_without_a_secret_configured_the_door_is_closed(glue_url: str, path: str) -> None:
    async with _client(glue_url) as client:
        for headers in ({}, _bearer(""), _bearer("None"), _bearer(_SECRET)):
            answer = await client.post(path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (503, "TP014")


@pytest.mark.parametrize("path", ["/api/cron/cleanup", "/webhooks/dispatch"])
async def test_a_wrong_secret_is_refused(glue_url: str, owner: Owner, path: str) -> None:
    async with _client(glue_url, cron_secret=_SECRET, dispatch_secret=_SECRET) as client:
        for headers in (
            {},
            _bearer("wrong"),
            _bearer(_SECRET + "x"),
            {"authorization": _SECRET},
            _bearer("ключ").copy(),
        ):
            answer = await client.post(path, headers=httpx.Headers(headers, encoding="utf-8"))
            assert (answer.status_code, answer.json()["code"]) == (401, "PT401")
            assert _SECRET not in answer.text
    assert owner.value("select count(*) from basepool.job_runs") == 0


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_cron_runs_a_job_and_says_what_it_did(glue_url: str, owner: Owner, method: str) -> None:
    async with _client(glue_url, cron_secret=_SECRET) as client:
        answer = await client.request(method, "/api/cron/cleanup", headers=_bearer(_SECRET))
    assert answer.status_code == 200
    assert answer.json()["result"] == {"expired_leases": 0, "settled_again": 0, "failed_generations": 0}
    assert owner.rows("select job, trigger, ok from basepool.job_runs") == [("cleanup", "http", True)]


async def test_cron_reports_a_job_that_failed(glue_url: str, owner: Owner) -> None:
    owner.rows("alter function basepool._prune_history(integer) rename to prune_no_more")
    async with _client(glue_url, cron_secret=_SECRET) as client:
        answer = await client.post("/api/cron/prune", headers=_bearer(_SECRET))
    assert (answer.status_code, answer.json()["ok"]) == (500, False)
    assert "prune_history" in answer.json()["error"]


async def test_cron_runs_the_jobs_of_the_glue(glue_url: str) -> None:
    async with _client(glue_url, cron_secret=_SECRET, public_url="https://gen.example.com") as client:
        for job in GLUE_JOBS:
            answer = await client.post(f"/api/cron/{job}", headers=_bearer(_SECRET))
            assert (answer.status_code, answer.json()["ok"]) == (200, True)
            assert isinstance(answer.json()["result"], dict)


async def test_an_unknown_job_names_those_there_are(glue_url: str) -> None:
    async with _client(glue_url, cron_secret=_SECRET) as client:
        answer = await client.get("/api/cron/sweep", headers=_bearer(_SECRET))
    assert (answer.status_code, answer.json()["code"]) == (404, "TP003")
    assert answer.json()["message"] == "there is no job 'sweep'"
    assert {"cleanup", "dispatch"} <= set(re.findall(r"[\w-]+", answer.json()["hint"]))


async def _ready(client: httpx.AsyncClient, code: str | None = None) -> httpx.Response:
    """The first answer of /readyz that is 200, or has that code: a busy machine may take longer than it waits."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer = await client.get("/readyz")
        if answer.json().get("code") == code:
            return answer
        assert time.monotonic() < deadline, answer.text
        await asyncio.sleep(0.05)


async def test_health_and_readiness(glue_url: str, empty_database_url: str) -> None:
    async with _client(glue_url) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await _ready(client)).status_code == 200
    for url, code in (
        (empty_database_url, "TP018"),
        ("postgresql://someone:hunter2hunter2@127.0.0.1:1/x", "TP012"),
    ):
        async with _client(url) as client:
            assert (await client.get("/healthz")).status_code == 200
            answer = await _ready(client, code)
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
            assert "hunter2" not in answer.text


@pytest.mark.parametrize("path", ["/healthz/", "/webhooks/replicate/", "/api/cron/cleanup/", "//healthz", "/HEALTHZ"])
async def test_what_is_nearly_a_route_leads_nowhere(glue_url: str, path: str) -> None:
    """A redirect would go to whatever host the caller names."""
    async with _client(glue_url) as client:
        for method in ("GET", "POST"):
            answer = await client.request(method, path, headers={"host": "evil.example"})
            assert (answer.status_code, "location" in answer.headers) == (404, False)
            assert "evil.example" not in answer.text


async def test_what_is_not_there_is_json_too(glue_url: str) -> None:
    async with _client(glue_url) as client:
        missing, wrong = await client.get("/admin"), await client.get("/webhooks/replicate")
    assert (missing.status_code, missing.json()["code"]) == (404, "PT404")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "PT405")


@pytest.mark.parametrize("lifespan", ["on", "off"])
async def test_what_it_needs_is_opened_once_whether_the_host_says_that_it_starts_or_not(
    glue_url: str, owner: Owner, lifespan: Literal["on", "off"]
) -> None:
    """Twenty first requests at once, to routes of every kind; a pool of its own for each would be twenty connections."""
    connections = "select count(*) from pg_stat_activity where application_name = 'basepool hosted'"
    settings = {
        "database_url": SecretStr(glue_url),
        "db_timeout_seconds": PATIENCE_SECONDS,
        "db_pool_size": 1,
        "worker_name": "hosted",
        "cron_secret": SecretStr(_SECRET),
        "dispatch_secret": SecretStr(_SECRET),
    }
    with _hosted(lifespan, **settings) as url:
        async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS, headers=_bearer(_SECRET)) as client:
            answers = await asyncio.gather(
                *(client.get("/readyz") for _ in range(5)),
                *(
                    client.post("/webhooks/replicate", params={"attempt": str(uuid4())}, headers=signed(b""))
                    for _ in range(5)
                ),
                *(client.post("/webhooks/dispatch") for _ in range(5)),
                *(client.post("/api/cron/cleanup") for _ in range(5)),
            )
        assert {answer.status_code for answer in answers[:5]} <= {200, 503}
        assert [answer.status_code for answer in answers[5:]] == [404] * 5 + [200] * 10
        eventually(lambda: owner.value(connections) == 1, "that only the pool's is left")
    if lifespan == "on":
        eventually(lambda: owner.value(connections) == 0, "that it is closed with the host")


def test_a_host_with_an_event_loop_per_request_is_served(glue_url: str) -> None:
    app = create_app(Settings(database_url=SecretStr(glue_url), db_timeout_seconds=PATIENCE_SECONDS))

    async def request() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return (await _ready(client)).status_code

    assert [asyncio.run(request()) for _ in range(3)] == [200] * 3
