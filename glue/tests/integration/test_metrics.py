"""/metrics: closed without its secret, readable by Prometheus, bounded. And whatever the rules and the dashboard of
observability/ ask for is there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml  # type: ignore[import-untyped]
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from basepool.config import Settings
from basepool.metrics import expose, observe_request
from basepool.web.app import create_app
from dev.devserver import PROJECT
from tests.support import PATIENCE_SECONDS, Owner, serving

_SECRET = "a-secret-of-32-characters-length"
_AUTHORIZED = {"authorization": f"Bearer {_SECRET}"}
_OBSERVABILITY = PROJECT / "observability"
_LABELS = {
    "account", "call", "job", "kind", "le", "model", "outcome", "rule", "source", "state", "status_class", "token",
}  # fmt: skip


async def _ask(url: str, path: str, headers: dict[str, str] | None = None, **settings: Any) -> httpx.Response:
    app = create_app(Settings(database_url=SecretStr(url), db_timeout_seconds=PATIENCE_SECONDS, **settings))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        return await client.get(path, headers=headers)


async def test_without_a_secret_there_is_no_such_route(glue_url: str) -> None:
    for headers in ({}, {"authorization": "Bearer "}, {"authorization": "Bearer None"}, _AUTHORIZED):
        assert (await _ask(glue_url, "/metrics", headers)).status_code == 404
    described = (await _ask(glue_url, "/openapi.json")).json()
    assert "/metrics" not in described["paths"]
    assert "METRICS_SECRET" not in described["components"]["securitySchemes"]


async def test_only_its_own_secret_opens_it(glue_url: str) -> None:
    own: dict[str, Any] = {"metrics_secret": SecretStr(_SECRET)}
    for headers in (
        {},
        {"authorization": "Bearer "},
        {"authorization": _SECRET},
        {"authorization": f"bearer {_SECRET}"},
        {"authorization": f"Bearer {_SECRET}x"},
        {"authorization": f"Bearer {'c' * 32}"},
    ):
        refused = await _ask(glue_url, "/metrics", headers, cron_secret=SecretStr("c" * 32), **own)
        assert refused.status_code == 401
        assert refused.json()["code"] == "PT401"
        assert _SECRET not in refused.text
    described = (await _ask(glue_url, "/openapi.json", **own)).json()
    assert described["paths"]["/metrics"]["get"]["security"] == [{"METRICS_SECRET": []}]


async def test_a_database_that_is_not_there_is_said_so() -> None:
    app = create_app(
        Settings(
            database_url=SecretStr("postgresql://x@127.0.0.1:1/x"),
            db_timeout_seconds=0.5,
            metrics_secret=SecretStr(_SECRET),
        )
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        refused = await client.get("/metrics", headers=_AUTHORIZED)
    assert refused.status_code == 503
    assert "127.0.0.1" not in refused.text


@pytest.fixture
def exposed(glue_url: str, owner: Owner) -> str:
    """What a `basepool serve` says after some life."""
    owner.rows(
        """
        select basepool.add_token('r8_token_number_' || n, 'sim-' || n, 'user') from generate_series(1, 100) as s (n);
        """
    )
    # everything that may have a series has one
    owner.rows(
        """
        insert into basepool.counters (name, label, model, value)
        select k.name, k.label, 'acme/m' || s.n, s.n
        from generate_series(1, 80) as s (n)
        cross join (
          values ('attempts', 'succeeded'), ('attempts', 'failed'), ('attempts', 'canceled'), ('attempts', 'aborted')
          , ('attempts', 'rejected'), ('seconds', '')
        ) as k (name, label)
        union all
        select 'rejections', r.name, '', 1 from basepool.error_rules as r
        union all
        select 'webhooks', 'refused', '', 1
        union all
        select 'waits', n::text, '', 1 from generate_series(0, 60) as s (n)
        """
    )
    owner.rows("insert into basepool.model_uses select 'acme/m' || n, n from generate_series(1, 80) as s (n)")
    owner.rows("update basepool.accounts set cooled_at = now(), cooldown_until = now() + interval '1 hour'")
    owner.rows("select basepool.run_job(name) from basepool.jobs where runs_in = 'database'")
    owner.rows(
        """
        insert into basepool.output_files (generation_id, nth, user_id, source_url, since, deadline)
        values (gen_random_uuid(), 1, gen_random_uuid(), 'https://replicate.delivery/x', now(), now() + interval '1 hour')
        """
    )
    with serving(DATABASE_URL=glue_url, REPLICATE_BASE_URL="http://127.0.0.1:1", METRICS_SECRET=_SECRET) as url:
        answer = httpx.get(f"{url}/metrics", headers=_AUTHORIZED, trust_env=False, timeout=PATIENCE_SECONDS)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return answer.text


def _promtool() -> str:
    """The path of promtool."""
    found = shutil.which("promtool") or shutil.which(str(PROJECT / ".local" / "promtool"))
    if found is None:
        pytest.skip("there is no promtool here; make test fetches Debian's where it can (scripts/setup --with-browser)")
    return found


def _check(*arguments: str, said: str | None = None, folder: Path | None = None) -> None:
    done = subprocess.run(
        [_promtool(), *arguments], input=said, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_exposed_is_well_formed_bounded_and_all_that_is_asked_for(exposed: str) -> None:
    families = {family.name: family for family in text_string_to_metric_families(exposed)}
    samples = [sample for family in families.values() for sample in family.samples]
    assert 800 < len(samples) <= 2_000
    assert {label for sample in samples for label in sample.labels} <= _LABELS
    # each series is there once
    assert len({(sample.name, *sorted(sample.labels.items())) for sample in samples}) == len(samples)
    assert families["basepool_attempts"].type == "counter"
    assert families["basepool_queue_wait_seconds"].type == "histogram"
    # the 50 most used
    assert {s.labels["model"] for s in families["basepool_predict_seconds"].samples} == {
        f"acme/m{n}" for n in range(31, 81)
    }
    # buckets are cumulative
    buckets = [s.value for s in families["basepool_queue_wait_seconds"].samples if s.name.endswith("_bucket")]
    assert buckets == sorted(buckets)
    assert buckets[-1] == 61

    known = {sample.name for sample in samples} | {
        f"basepool_process_replicate_request_seconds{end}" for end in ("_bucket",)
    }
    for file in (_OBSERVABILITY / "alerts.yml", _OBSERVABILITY / "dashboard.json", _OBSERVABILITY / "alerts_test.yml"):
        asked = set(re.findall(r"\bbasepool_\w+", file.read_text()))
        assert len(asked) > 8
        assert asked <= known, file
    described = re.findall(r"^\| `basepool.*", (PROJECT / "docs" / "operations.md").read_text(), re.MULTILINE)
    assert {"basepool_process_replicate_request_seconds", *families} >= {
        name.removesuffix("_total") for line in described for name in re.findall(r"`(basepool_\w+)`", line)
    }


def test_calls_to_replicate_are_measured_by_class() -> None:
    def counted() -> dict[str, float]:
        [family] = text_string_to_metric_families(expose([]).decode())
        return {
            sample.labels["status_class"]: sample.value
            for sample in family.samples
            if sample.name.endswith("_count") and sample.labels["call"] == "create"
        }

    before = counted()
    for status in (201, 404, 500, 503, None):
        observe_request("create", status, 0.2)
    after = counted()
    assert {each: after[each] - before.get(each, 0) for each in after if after[each] != before.get(each, 0)} == {
        "2xx": 1,
        "4xx": 1,
        "5xx": 2,
        "none": 1,
    }


def test_promtool_finds_nothing_wrong_with_what_is_exposed(exposed: str) -> None:
    _check("check", "metrics", said=exposed)


def test_the_rules_ring_for_what_they_are_for() -> None:
    _check("check", "rules", "alerts.yml", folder=_OBSERVABILITY)
    _check("test", "rules", "alerts_test.yml", "alerts_week_test.yml", folder=_OBSERVABILITY)


def test_every_rule_is_played_through_and_says_what_to_do() -> None:
    rules = yaml.safe_load((_OBSERVABILITY / "alerts.yml").read_text())["groups"][0]["rules"]
    alerts = {rule["alert"] for rule in rules if "alert" in rule}
    assert alerts == {
        "PoolDead", "NobodyClaims", "QueueOld", "WebhooksRefused", "WebhooksMissing", "JobStale", "StuckGrowing", "CreditNone"
        , "SpendAnomaly", "UnknownMany", "OutputsLate", "MetricsAbsent",
    }  # fmt: skip
    for rule in rules:
        if "alert" in rule:
            assert rule["labels"]["severity"] in {"page", "warn"}
            assert rule["annotations"]["summary"]
            assert rule["annotations"]["action"]
    played = [
        case
        for file in ("alerts_test.yml", "alerts_week_test.yml")
        for test in yaml.safe_load((_OBSERVABILITY / file).read_text())["tests"]
        for case in test["alert_rule_test"]
    ]
    assert {case["alertname"] for case in played if case.get("exp_alerts")} == alerts
    assert {case["alertname"] for case in played if not case.get("exp_alerts")} == alerts


def test_the_dashboard_is_one() -> None:
    dashboard = json.loads((_OBSERVABILITY / "dashboard.json").read_text())
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids)) > 12
    for panel in dashboard["panels"]:
        assert panel["title"]
        assert all(target["expr"] for target in panel["targets"])
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
