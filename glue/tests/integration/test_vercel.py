"""examples/vercel: its configuration has the form that Vercel asks for, and what it names is there and closed to strangers."""

from __future__ import annotations

import importlib.util
import json
import re
from types import ModuleType
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]
import pytest

from basepool.work.jobs import GLUE_JOBS
from dev.devserver import PROJECT

_EXAMPLE = PROJECT / "examples" / "vercel"
_SECRET = "a secret that Vercel knows, too"
# of what vercel.json may hold, what ours does: after vercel/vercel, packages/cli/src/util/validate-config.ts
_FORM = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "$schema": {"const": "https://openapi.vercel.sh/vercel.json"},
        "functions": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"maxDuration": {"type": "integer", "minimum": 1, "maximum": 900}},
            },
        },
        "rewrites": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["source", "destination"],
                "properties": {"source": {"type": "string"}, "destination": {"type": "string"}},
            },
        },
        "crons": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path", "schedule"],
                "properties": {
                    "path": {"type": "string", "minLength": 1, "maxLength": 512, "pattern": "^/.*"},
                    "schedule": {"type": "string", "minLength": 9, "maxLength": 256},
                },
            },
        },
    },
}


@pytest.fixture
def config() -> dict[str, Any]:
    read: dict[str, Any] = json.loads((_EXAMPLE / "vercel.json").read_text())
    return read


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch, glue_url: str) -> ModuleType:
    """api/index.py, loaded as Vercel does: from its file."""
    variables = {
        "SERVERLESS": "true",
        "CRON_SECRET": _SECRET,
        "DATABASE_URL": glue_url,
        "STORE_URL": "file:///tmp/none",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    spec = importlib.util.spec_from_file_location("index", _EXAMPLE / "api" / "index.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_configuration_has_the_form_that_vercel_asks_for(config: dict[str, Any]) -> None:
    jsonschema.validate(config, _FORM)
    assert sorted(each["path"] for each in config["crons"]) == sorted(f"/api/cron/{job}" for job in GLUE_JOBS)
    assert all(re.fullmatch(r"[\d*/,-]+( [\d*/,-]+){4}", each["schedule"]) for each in config["crons"])
    assert [(_EXAMPLE / name).is_file() for name in config["functions"]] == [True]
    [rewrite] = config["rewrites"]
    assert f"{rewrite['destination']}.py".lstrip("/") in config["functions"]
    assert re.fullmatch(rewrite["source"], "/webhooks/replicate")


async def test_what_it_serves_lives_and_is_closed_to_strangers(config: dict[str, Any], entry: ModuleType) -> None:
    """Without events of its lifespan, which such hosts do not send."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(entry.app), base_url="http://example") as client:
        assert (await client.get("/healthz")).json() == {"ok": True}
        assert (await client.get("/readyz")).json() == {"ok": True}
        for cron in config["crons"]:
            assert (await client.get(cron["path"])).status_code == 401
            assert (await client.get(cron["path"], headers={"Authorization": "Bearer wrong"})).status_code == 401
        done = await client.get("/api/cron/dispatch", headers={"Authorization": f"Bearer {_SECRET}"})
        assert (done.status_code, done.json()["ok"]) == (200, True)
    await entry.app.state.backends.close()
