"""examples/vercel: its configuration has the form that Vercel asks for, and what it names is there and closed to strangers."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from types import ModuleType

import httpx
import jsonschema
import pytest
from starlette.testclient import TestClient

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
def config() -> dict[str, object]:
    read: dict[str, object] = json.loads((_EXAMPLE / "vercel.json").read_text())
    return read


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch, glue_url: str) -> Iterator[ModuleType]:
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
    yield module


def test_the_configuration_has_the_form_that_vercel_asks_for(config: dict[str, object]) -> None:
    jsonschema.validate(config, _FORM)
    crons = config["crons"]
    assert isinstance(crons, list)
    assert sorted(each["path"] for each in crons) == sorted(f"/api/cron/{job}" for job in GLUE_JOBS)
    assert all(re.fullmatch(r"[\d*/,-]+( [\d*/,-]+){4}", each["schedule"]) for each in crons)
    functions = config["functions"]
    assert isinstance(functions, dict)
    assert [(_EXAMPLE / name).is_file() for name in functions] == [True]
    [rewrite] = config["rewrites"]  # type: ignore[misc]
    assert f"{rewrite['destination']}.py".lstrip("/") in functions
    assert re.fullmatch(rewrite["source"], "/webhooks/replicate")


def test_what_it_serves_lives_and_is_closed_to_strangers(config: dict[str, object], entry: ModuleType) -> None:
    with TestClient(entry.app) as client:
        assert client.get("/healthz").json() == {"ok": True}
        assert client.get("/readyz").json() == {"ok": True}
        for cron in config["crons"]:  # type: ignore[attr-defined]
            assert client.get(cron["path"]).status_code == 401
            assert client.get(cron["path"], headers={"Authorization": "Bearer wrong"}).status_code == 401
        done: httpx.Response = client.get("/api/cron/dispatch", headers={"Authorization": f"Bearer {_SECRET}"})
        assert (done.status_code, done.json()["ok"]) == (200, True)
