"""What happens to servers: a pooler in between, a standby in its place, a full disk, a full log, a hook that fails."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from basepool.simulator import SimulatorServer
from dev.devserver import DevServer
from tests.pooler import Pooler
from tests.support import PATIENCE_SECONDS, Owner, environment, eventually, running, serving


def _all_done(owner: Owner, count: int) -> bool:
    return owner.statuses() == {"completed": count}


def _nothing_twice(owner: Owner, replicate: SimulatorServer) -> None:
    assert replicate.stats()["charged_more_than_once"] == []
    assert owner.value("select count(*) from basepool.seats where attempt_id is not null") == 0


@contextlib.contextmanager
def _for_a_while(owner: Owner, begin: str, end: str, felt: Callable[[], bool]) -> Iterator[None]:
    """`begin`, what the caller does, some time in which it is felt (webhooks may be given up), and then `end`."""
    owner.rows('select basepool.configure(\'{"check_after": "5 seconds"}\')')
    owner.rows("update basepool.seats set check_at = now() where check_at is not null")
    owner.rows(begin)
    yield
    eventually(felt, "that it is felt")
    time.sleep(1)
    owner.rows(end)


def test_a_pooler_in_transaction_mode_is_no_obstacle(
    server: DevServer, glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    for number in range(40):
        owner.submit(number, f"number {number}")
    with Pooler(server.port) as pooler:
        pooled = glue_environment | {"DATABASE_URL": pooler.url(glue_environment["DATABASE_URL"])}
        with (
            serving(**pooled) as url,
            running("work", **pooled, PUBLIC_URL=url) as one,
            running("work", **pooled, PUBLIC_URL=url) as other,
        ):
            eventually(lambda: _all_done(owner, 40), "all 40")
            assert "failed" not in one.said() + other.said()
    _nothing_twice(owner, replicate)


def test_a_failover_is_survived(glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer) -> None:
    """Connections are reset, then the server is read-only for a while: what a client sees of a failover."""
    reset = (
        "select count(pg_terminate_backend(pid)) from pg_stat_activity"
        " where usename = 'basepool_glue' and datname = current_database()"
    )
    # 20 answers and 60 deliveries that come back a few times each, in longer and longer pauses: no storm
    refused = "select xact_rollback from pg_stat_database where datname = current_database()"
    alter = "do $$ begin execute format('alter database %%I {} default_transaction_read_only {}', current_database()); end $$"
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        for number in range(20):
            owner.submit(number, f"number {number}")
        eventually(lambda: owner.value("select count(*) from basepool._all_attempts()") > 0, "a claim")
        with _for_a_while(
            owner,
            alter.format("set", "= on"),
            alter.format("reset", ""),
            lambda: owner.value(refused) >= 5,
        ):
            owner.rows(reset)
        owner.rows(reset)
        for number in range(20, 30):
            owner.submit(number, f"number {number}")
        eventually(lambda: _all_done(owner, 30), "all 30")
        assert owner.value(refused) <= 600
    _nothing_twice(owner, replicate)


def test_a_full_disk_is_survived(glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer) -> None:
    """Postgres refuses every write to seats, attempts and inbox with its own error for that, 53100, for a while."""
    owner.rows(
        "create function public.disk_full() returns trigger language plpgsql as"
        " $$ begin raise sqlstate '53100' using message = 'could not extend file: No space left on device'; end $$"
    )
    tables = ("seats", "attempts", "webhook_events")
    fill = " ".join(
        f"create trigger disk_full before insert or update on basepool.{table}"
        " for each statement execute function public.disk_full();"
        for table in tables
    )
    empty = " ".join(f"drop trigger disk_full on basepool.{table};" for table in tables)
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url) as worker:
        for number in range(20):
            owner.submit(number, f"number {number}")
        eventually(lambda: owner.value("select count(*) from basepool.seats where state = 'running'") > 0, "a start")
        with _for_a_while(owner, fill, empty, lambda: "no space left on device" in worker.said()):
            for number in range(20, 30):
                owner.submit(number, f"number {number}")
        eventually(lambda: _all_done(owner, 30), "all 30")
        assert worker.said().count("no space left on device") == 1
        assert worker.said().count(" works again, after") == 1
    _nothing_twice(owner, replicate)


def test_a_log_that_can_not_be_written_stops_nothing(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.rows('select basepool.configure(\'{"poll_every": "0.2 seconds"}\')')
    owner.submit(1)
    owner.submit(2, "flagged [sim:fail=E005]")
    with open("/dev/full", "w") as full:
        subprocess.run(
            [sys.executable, "-m", "basepool", "work", "--once"],
            env=environment(**glue_environment, LOG_LEVEL="DEBUG"),
            stderr=full,
            timeout=PATIENCE_SECONDS,
            check=False,  # Python itself exits with 120 when its last words can't be written
        )
    assert owner.statuses() == {"completed": 1, "failed": 1}


def test_statistics_that_fail_change_no_generation(owner: Owner) -> None:
    owner.rows("drop table basepool.token_stats")
    assert owner.value("select basepool.run_job('rollup')")["ok"] is False
    owner.rows("select basepool.add_token('r8_token_number_1', 'a', 'user')")
    owner.submit(1)
    lease = owner.claim()
    owner.rows(
        'select basepool.apply_prediction(%s, \'{"id": "p1", "status": "succeeded"}\', \'poll\')', lease["attempt_id"]
    )
    assert owner.statuses() == {"completed": 1}


def test_outputs_of_any_shape_change_no_end(owner: Owner) -> None:
    owner.rows("select basepool.add_token('r8_token_number_1', 'a', 'user', null, 100)")
    odd = [
        "null",
        "7",
        '"\\ud83d\\ude00"',
        "[]",
        "[[1], {}]",
        '{"url": null}',
        '{"a": {"b": ["https://x/1.png"]}}',
        "true",
    ]
    for number, output in enumerate(odd):
        owner.submit(number)
        lease = owner.claim()
        outcome = owner.value(
            "select basepool.apply_prediction(%s"
            ", jsonb_build_object('id', %s::text, 'status', 'succeeded', 'output', %s::jsonb), 'poll')",
            lease["attempt_id"],
            f"p{number}",
            output,
        )
        assert outcome == "applied", output
    assert owner.statuses() == {"completed": len(odd)}


def test_while_the_apps_hook_fails_replicate_is_told_to_come_again(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.rows(
        "create function public.on_generation_settled(g uuid, outcome text) returns void language plpgsql as"
        " $$ begin raise 'the ledger is closed'; end $$"
    )
    owner.submit(1)
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(
            lambda: any(503 in _statuses(each) for each in replicate.deliveries()), "a delivery that is answered 503"
        )
        # the worker's own record of the answer may come later than that
        eventually(lambda: owner.statuses() == {"processing": 1}, "what is known of it all the same")
        owner.rows("drop function public.on_generation_settled(uuid, text)")
        eventually(lambda: _all_done(owner, 1), "the end")
    _nothing_twice(owner, replicate)


def _statuses(delivery: dict[str, object]) -> list[object]:
    attempts = delivery["attempts"]
    assert isinstance(attempts, list)
    return [attempt.get("status") for attempt in attempts]


def test_what_was_lost_without_any_webhook_is_found_and_paid_once(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """Twins among them: equal inputs, all answers lost, over more than one page of the list."""
    owner.rows('select basepool.configure(\'{"poll_every": "0.2 seconds", "user_active_limit": 1000}\')')
    owner.rows("update basepool.accounts set burst = 600")
    owner.rows("update public.replicate_tokens set max_in_flight = 100")
    for number in range(120):
        owner.submit(number % 7, f"number {number} [sim:reset_after_create*1]")
    for _ in range(10):
        owner.submit(1, "twins [sim:reset_after_create*10]")
    with running("work", **glue_environment):
        eventually(lambda: _all_done(owner, 130), "all 130")
    assert owner.value("select count(*) from basepool.attempts") == 130
    assert owner.value("select count(*) from basepool.attempts where found_by_search") == 130
    assert replicate.stats(predictions=False)["totals"]["creates"] == 130
    assert owner.value("select count(distinct prediction_id) from basepool.attempts") == 130


def test_a_call_whose_time_is_over_is_not_sent(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """The claim's answer takes longer than the call had time for: by now others may have taken over."""
    owner.rows('select basepool.configure(\'{"submit_timeout": "2 seconds", "lease_time": "3 seconds"}\')')
    owner.rows(
        "create function public.slow() returns trigger language plpgsql as"
        " $$ begin perform pg_sleep(2.5); return null; end $$"
    )
    owner.rows(
        "create trigger slow after update on basepool.seats for each row"
        " when (old.attempt_id is null and new.attempt_id is not null) execute function public.slow()"
    )
    owner.submit(1)
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(
            lambda: owner.value("select count(*) from basepool.attempts where error_rule = 'sent-too-late'") > 0,
            "no call",
        )
        assert replicate.stats(predictions=False)["totals"]["creates"] == 0
        owner.rows("drop trigger slow on basepool.seats")
        owner.rows('select basepool.configure(\'{"submit_timeout": "60 seconds"}\')')
        eventually(lambda: _all_done(owner, 1), "the end")
    _nothing_twice(owner, replicate)


def test_asking_stays_cheap_with_a_hundred_thousand_in_flight(owner: Owner) -> None:
    owner.rows(
        "select basepool.add_token('r8_token_number_' || n, 'sim-' || n, 'user', null, 1000) from generate_series(1, 100) as n"
    )
    owner.rows("set session_replication_role = replica")
    # half of them silent, half of them with their answers lost
    owner.rows(
        """
        with new as (
          insert into public.generations
            (user_id, action, model_id, model_name, replicate_model, status, replicate_input)
          select gen_random_uuid(), 'create', 'm', 'M', 'a/b', 'processing', '{}' from generate_series(1, 100000)
          returning id
        ),
        numbered as (select id, row_number() over () - 1 as n from new),
        places as (select id, row_number() over (order by id) - 1 as n from basepool.seats)
        update basepool.seats as s
        set
          attempt_id = basepool._name_attempt(s.id), generation_id = n.id, attempt_no = 1, worker = 'w', model = 'a/b'
          , state = case when n.n %% 2 = 0 then 'running' else 'unknown' end, queue_tag = 0, queued_at = now()
          , leased_at = now(), answer_due_at = now(), prediction_id = case when n.n %% 2 = 0 then 'p' || n.n end
          , prediction_status = 'starting', has_webhook = true, checks = 0, found_by_search = false, check_at = now()
        from numbered as n
        inner join places as p on p.n = n.n
        where s.id = p.id
        """
    )
    owner.rows(
        "insert into basepool.lost_attempts (attempt_id, account_id, leased_at, lost_at, search_at)"
        " select id, account_id, leased_at, now(), now() from basepool._all_attempts() where state = 'unknown'"
    )
    owner.rows("set session_replication_role = origin")
    owner.rows("analyze")
    # all seats are read (an index on what is due would have to follow every answer), but not once for every account
    seats = owner.value("select relpages from pg_class where oid = 'basepool.seats'::regclass")
    for query, bound in {
        "select * from basepool.claim_checks(50)": 3 * seats + 1_000,
        "select * from basepool.claim_searches('pages', 5)": 40_000,
        "select basepool.expire_leases()": seats + 100,
    }.items():
        plan = owner.value(f"explain (analyze, buffers, format json) {query}")[0]["Plan"]
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < bound, (query, plan["Shared Hit Blocks"])
