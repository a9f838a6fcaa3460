"""The other routes: closed without a secret, helpful with a wrong one, and silent about what is secret."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from basepool.config import Settings
from basepool.web.app import create_app
from basepool.work.jobs import GLUE_JOBS
from tests.support import Owner

_SECRET = "a-secret-of-32-characters-length"


@contextlib.asynccontextmanager
async def _client(url: str, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(database_url=SecretStr(url), db_timeout_seconds=2, **settings))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", timeout=30) as client,
    ):
        yield client


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
    assert answer.json()["result"] == {"expired_leases": 0, "failed_generations": 0}
    assert owner.rows("select job, trigger, ok from basepool.job_runs") == [("cleanup", "http", True)]


async def test_cron_reports_a_job_that_failed(glue_url: str, owner: Owner) -> None:
    owner.rows("alter function basepool._prune_history(integer) rename to prune_no_more")
    async with _client(glue_url, cron_secret=_SECRET) as client:
        answer = await client.post("/api/cron/prune", headers=_bearer(_SECRET))
    assert (answer.status_code, answer.json()["ok"]) == (500, False)
    assert "prune_history" in answer.json()["error"]


async def test_cron_runs_the_jobs_of_the_glue(glue_url: str) -> None:
    async with _client(glue_url, cron_secret=_SECRET) as client:
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


async def test_health_and_readiness(glue_url: str, empty_database_url: str) -> None:
    async with _client(glue_url) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 200
    for url in (empty_database_url, "postgresql://someone:hunter2hunter2@127.0.0.1:1/x"):
        async with _client(url) as client:
            assert (await client.get("/healthz")).status_code == 200
            answer = await client.get("/readyz")
            assert answer.status_code == 503
            assert "hunter2" not in answer.text


async def test_what_is_not_there_is_json_too(glue_url: str) -> None:
    async with _client(glue_url) as client:
        missing, wrong = await client.get("/admin"), await client.get("/webhooks/replicate")
    assert (missing.status_code, missing.json()["code"]) == (404, "PT404")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "PT405")
