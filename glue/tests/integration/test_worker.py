"""`basepool work` and `basepool serve` as real processes, against a real database and a Replicate that misbehaves."""

from __future__ import annotations

import functools
import itertools
import re
import signal

import httpx
import psycopg
import pytest

from basepool.migrate import migrate
from basepool.simulator import SimulatorServer
from dev import devserver
from tests.support import PATIENCE_SECONDS, Owner, basepool, eventually, running, serving

_SECRET = "a-secret-of-32-characters-length"


def _all_done(owner: Owner, count: int) -> bool:
    return owner.statuses() == {"completed": count}


def _creates(replicate: SimulatorServer) -> int:
    return int(replicate.stats(predictions=False)["totals"]["creates"])


def test_with_webhooks_everything_is_done_and_nothing_twice(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    for number in range(15):
        owner.submit(number, f"number {number}")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(lambda: _all_done(owner, 15), "all 15")
    assert replicate.stats()["charged_more_than_once"] == []
    assert owner.rows("select count(*) from basepool.attempts group by token_id") == [(5,), (5,), (5,)]
    assert owner.value("select count(*) from basepool.webhook_events where outcome = 'applied'") >= 15
    assert owner.value("select sum(predict_seconds) from basepool.attempts") > 0


def test_without_webhooks_results_are_polled(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.rows('select basepool.configure(\'{"poll_every": "0.2 seconds"}\')')
    owner.submit(1)
    done = basepool("work", "--once", **glue_environment)
    assert done.returncode == 0, done.stderr
    assert owner.statuses() == {"completed": 1}
    assert replicate.deliveries() == []


def test_two_workers_never_send_one_generation_twice(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    for number in range(30):
        owner.submit(number, f"number {number}")
    with (
        serving(**glue_environment) as url,
        running("work", **glue_environment, PUBLIC_URL=url),
        running("work", **glue_environment, PUBLIC_URL=url),
    ):
        eventually(lambda: _all_done(owner, 30), "all 30")
    assert replicate.stats()["charged_more_than_once"] == []
    assert owner.value("select count(*) from basepool.attempts") == 30


def test_sigterm_lets_calls_under_way_finish(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.submit(1, "slow [sim:slow=10] [sim:stuck_processing]")
    with running("work", **glue_environment) as process:
        eventually(lambda: owner.value("select count(*) from basepool._all_attempts()") == 1, "a claim")
        process.send_signal(signal.SIGTERM)
        eventually(lambda: "stopping" in process.said(), "the end of claiming")
        owner.submit(2)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert owner.rows("select state, prediction_id is not null from basepool._all_attempts()") == [("running", True)]
    assert owner.statuses() == {"processing": 1, "pending": 1}


@pytest.mark.parametrize(("start", "statuses"), [("true", {"processing", "succeeded"}), ("false", {"succeeded"})])
def test_starts_are_announced_where_they_are_ordered(
    glue_environment: dict[str, str], owner: Owner, start: str, statuses: set[str]
) -> None:
    owner.submit(1)
    announced = "select array_agg(distinct prediction_status) from basepool.webhook_events"
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url, WEBHOOK_START=start):
        eventually(lambda: _all_done(owner, 1), "its end")
        eventually(lambda: set(owner.value(announced) or ()) == statuses, "its webhooks")


def test_after_its_grace_time_it_stops_all_the_same_and_nothing_is_sent_again(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.submit(1, "hangs [sim:hang_after_create]")
    with running("work", "--grace", "0.5", **glue_environment) as process:
        eventually(lambda: owner.value("select count(*) from basepool._all_attempts()") == 1, "a claim")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0
    # whether Replicate has it nobody has said: it is pending, and in flight
    assert owner.statuses() == {"pending": 1}
    assert owner.value("select count(*) from basepool.seats where attempt_id is not null") == 1
    assert basepool("run-job", "cleanup", **glue_environment).returncode == 0
    assert owner.value("select answer from basepool.claim_generations('another', 9)") == "empty"


def test_the_loss_of_the_database_is_survived(replicate: SimulatorServer) -> None:
    with devserver.start() as server:
        migrate(server.url(), echo=lambda *_: None)
        variables = {"DATABASE_URL": server.url(), "REPLICATE_BASE_URL": replicate.url, "WORKER_POLL_SECONDS": "0.2"}
        added = basepool("tokens", "add", stdin="\n".join(replicate.tokens), **variables)
        assert added.returncode == 0, added.stderr
        with serving(**variables) as url, running("work", **variables, PUBLIC_URL=url) as process:
            owner = Owner(server.url())
            owner.rows("select basepool.configure('{\"keep_outputs\": false}')")
            for number in range(5):
                owner.submit(number, f"before {number}")
            eventually(lambda: owner.value("select count(*) from basepool._all_attempts()") > 0, "a claim")
            owner.close()
            server.crash()
            server.restart()
            owner = Owner(server.url())
            owner.rows('select basepool.configure(\'{"check_after": "1 second"}\')')
            owner.rows("update basepool.seats set check_at = now() where check_at is not null")
            for number in range(5, 10):
                owner.submit(number, f"after {number}")
            eventually(lambda: _all_done(owner, 10), "all 10, before and after")
            assert process.poll() is None
            # an outage is two lines at most, however many calls met it
            said = process.said()
            assert said.count("ERROR") == 2 * said.count("the database is there again"), said
            assert "psycopg" not in said
            assert "leases" not in said
            owner.close()
    assert replicate.stats()["charged_more_than_once"] == []


def test_a_generation_that_is_cancelled_is_cancelled_at_replicate(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    id = owner.submit(1, "never ends [sim:stuck_processing]")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(
            lambda: owner.value("select count(*) from basepool._all_attempts() where prediction_status = 'processing'"),
            "a start",
        )
        basepool("cancel", str(id), **glue_environment)
        eventually(lambda: replicate.stats()["statuses"].get("canceled"), "the cancel at Replicate")
    assert owner.statuses() == {"cancelled": 1}


def test_a_throttled_account_is_left_alone_and_the_others_do_its_work(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    replicate.set_account("sim-2", credit="none")
    for number in range(9):
        owner.submit(number, f"number {number}")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(lambda: _all_done(owner, 9), "all 9")
    assert owner.rows("select distinct error_rule, decision from basepool.attempts where state = 'rejected'") == [
        ("no-credit", "retry 1")
    ]
    listed = basepool("tokens", "list", **glue_environment).stdout
    assert "cooling" in listed
    assert "Insufficient credit" in listed


def test_a_token_that_is_valid_again_comes_back_by_itself(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """Refused, suspended, asked about with a GET, tried with one lease, and back in the round."""
    owner.rows("update basepool.error_rules set cool_down = '16 seconds' where name = 'token-refused'")
    replicate.set_account("sim-1", revoked=True)
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url) as worker:
        numbers = itertools.count()

        def are_there(state: str, tokens: int) -> bool:
            """Whether so many tokens are in that state; one generation after the other is sent until they are, because a claim
            may pass over a token whose account somebody is counting on."""
            assert worker.poll() is None, worker.said()
            if set(owner.statuses()) <= {"completed"}:
                owner.submit(next(numbers))
            count = owner.value("select count(*) from basepool.list_tokens() where state = %s", state)
            return bool(count == tokens)

        eventually(lambda: are_there("suspended", 1), "the suspension")
        replicate.set_account("sim-1", revoked=False)
        eventually(lambda: "was asked about: half-open" in worker.said(), "the probe")
        eventually(lambda: are_there("ready", 3), "the return")
        eventually(lambda: set(owner.statuses()) == {"completed"}, "all of it")
    assert owner.value("select count(*) from basepool.attempts where error_rule = 'token-refused'") == 1


def test_serverless_the_database_webhook_and_the_results_drive_everything(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """No worker at all: one generation per token at a time, so that the others must be dispatched by webhooks."""
    owner.rows("update public.replicate_tokens set max_in_flight = 1")
    with serving(**glue_environment, SERVERLESS="true", DISPATCH_SECRET=_SECRET, CRON_SECRET=_SECRET) as url:
        for number in range(9):
            id = owner.submit(number, f"number {number}")
            # the body that a Supabase database webhook sends
            body = {
                "type": "INSERT",
                "table": "generations",
                "schema": "public",
                "record": {"id": str(id)},
                "old_record": None,
            }
            answer = httpx.post(
                f"{url}/webhooks/dispatch",
                json=body,
                headers={"authorization": f"Bearer {_SECRET}"},
                timeout=PATIENCE_SECONDS,
            )
            assert answer.status_code == 200
        eventually(lambda: _all_done(owner, 9), "all 9")
    assert replicate.stats()["charged_more_than_once"] == []
    assert _creates(replicate) == 9


def test_serverless_a_lost_webhook_is_made_up_for_by_cron(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    replicate.set_faults({"webhook_lost": 1.0})
    owner.rows('select basepool.configure(\'{"check_after": "1 second"}\')')
    headers = {"authorization": f"Bearer {_SECRET}"}
    with serving(**glue_environment, SERVERLESS="true", CRON_SECRET=_SECRET) as url:
        owner.submit(1)
        post = functools.partial(httpx.post, headers=headers, timeout=PATIENCE_SECONDS)
        assert post(f"{url}/api/cron/dispatch").json()["result"]["submitted"] == 1

        def reconciled() -> bool:
            assert post(f"{url}/api/cron/reconcile").status_code == 200
            return owner.statuses() == {"completed": 1}

        eventually(reconciled, "the result")


@pytest.mark.parametrize("command", ["work", "status"])
def test_a_role_without_rights_is_told_so(database_url: str, command: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "do $$ begin create role nobody_in_particular login; exception when duplicate_object then null; end $$"
        )
    done = basepool(command, DATABASE_URL=database_url.replace("//postgres@", "//nobody_in_particular@"))
    assert done.returncode == 2
    assert re.match(r"error TP01[89]: ", done.stderr)
