"""What fails at Replicate and is nobody's fault here is waited out: nothing fails for it, no token is to blame, and it is said
when it begins and when it ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from basepool.simulator import SimulatorServer
from tests.support import Owner, basepool, eventually, running, serving

_GENERATIONS = 100


@pytest.fixture
def pool(glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer) -> dict[str, str]:
    """What is lost is known to be absent soon."""
    owner.rows('select basepool.configure(\'{"user_active_limit": 1000, "absence_after": "2 seconds"}\')')
    owner.rows("update basepool.error_rules set cool_down = '1 second' where breaker is not null")
    replicate.configure(run_seconds=(0, 1))
    return glue_environment


def _is_open(owner: Owner) -> bool:
    return bool(owner.value("select count(*) from basepool.breakers where opened_at is not null"))


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        ("server_error=500", "server-error"),
        ("server_error=530", "http-other"),
        ("reset_before_create", "answer-lost"),
        ("blocked", "edge-blocked"),
    ],
)
def test_an_outage_of_replicate_fails_nothing_and_is_said_once(
    pool: dict[str, str], owner: Owner, replicate: SimulatorServer, fault: str, rule: str
) -> None:
    owner.rows("update basepool.error_rules set retry_after = '1 second' where name = 'edge-blocked'")
    for number in range(_GENERATIONS):
        owner.submit(number, f"number {number}")
    replicate.set_faults({fault: 1.0})
    with serving(**pool) as url, running("work", **pool, PUBLIC_URL=url, BASEPOOL_ENV="production") as worker:
        eventually(lambda: _is_open(owner), "the breaker")
        eventually(
            lambda: "in a row have failed at Replicate, of whatever model" in worker.said(),
            "a line in production's log",
        )
        # some tries are in vain
        eventually(lambda: owner.value("select max(tries) from basepool.breakers") >= 2, "tries")
        assert rule in worker.said()
        status = " ".join(basepool("status", **pool).stdout.split())
        assert "ATTENTION" in status
        assert "nothing fails for it" in status
        assert "breaker" in basepool("tokens", "list", **pool).stdout
        waiting = owner.value("select generation_id from basepool.queue where run_after is null limit 1")
        why = " ".join(basepool("why", str(waiting), **pool).stdout.split())
        assert "breaker: Replicate fails; it is tried until it works again" in why
        assert rule in why
        assert "failed" not in owner.statuses()
        replicate.set_faults({fault: 0})
        eventually(lambda: owner.statuses() == {"completed": _GENERATIONS}, "all of them")
        eventually(lambda: "over: breaker-provider" in worker.said(), "that it is over")
        said = [
            line for line in worker.said().splitlines() if "breaker-provider" in line or "in a row have failed" in line
        ]
        assert len(said) == 2, said
    assert not _is_open(owner)
    assert owner.value("select sum(error_count) from public.replicate_tokens") == 0
    assert replicate.stats()["charged_more_than_once"] == []


def test_a_model_that_fails_keeps_no_other_from_its_work(
    pool: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    error = "Service is temporarily unavailable due to high demand. Please try again later. (E003)"
    replicate.configure(scripts={"acme/film": {"error": error}})
    owner.rows("update basepool.error_rules set retry_after = '0.2 seconds' where name = 'high-demand'")
    for number in range(20):
        owner.submit(number, f"number {number}", "acme/film")
    with serving(**pool) as url, running("work", **pool, PUBLIC_URL=url, BASEPOOL_ENV="production") as worker:
        eventually(lambda: _is_open(owner), "the breaker")
        for number in range(20):
            owner.submit(number, f"number {number}")
        eventually(lambda: owner.statuses().get("completed") == 20, "the others")
        eventually(lambda: "of model acme/film" in worker.said(), "a line in production's log")
        eventually(lambda: owner.value("select max(tries) from basepool.breakers") >= 2, "tries")
        found: list[dict[str, Any]] = json.loads(basepool("status", "--json", **pool).stdout)["findings"]
        assert [each["name"] for each in found if each["name"].startswith("breaker")] == ["breaker-model-acme/film"]
        assert "failed" not in owner.statuses()
        # one at a time
        tried = owner.value("select count(*) from basepool.attempts where model = 'acme/film'")
        tries = owner.value("select max(tries) from basepool.breakers")
        eventually(lambda: owner.value("select max(tries) from basepool.breakers") > tries, "another try")
        assert owner.value("select count(*) from basepool.attempts where model = 'acme/film'") <= tried + 3
        replicate.configure(scripts={})
        eventually(lambda: owner.statuses() == {"completed": 40}, "all of them")
        eventually(lambda: "over: breaker-model-acme/film" in worker.said(), "that it is over")
    assert owner.value("select sum(error_count) from public.replicate_tokens") == 0
    assert owner.value("select count(*) from basepool.queue") == 0


def test_some_errors_among_many_successes_open_nothing(
    pool: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    replicate.set_faults({"server_error=503": 0.3})
    for number in range(60):
        owner.submit(number, f"number {number}")
    with serving(**pool) as url, running("work", **pool, PUBLIC_URL=url):
        eventually(lambda: owner.statuses() == {"completed": 60}, "all of them")
    assert owner.value("select count(*) from basepool.attempts where error_rule = 'never-arrived'") > 0
    assert replicate.stats()["charged_more_than_once"] == []
