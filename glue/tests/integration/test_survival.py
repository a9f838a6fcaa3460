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
from tests.support import PATIENCE_SECONDS, Owner, basepool, environment, eventually, running, serving


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

        def is_told() -> bool:
            findings = owner.value("select basepool.get_status()")["findings"]
            return any("can't claim: TP012" in each["says"] and "no space left" in each["says"] for each in findings)

        with _for_a_while(owner, fill, empty, is_told):
            for number in range(20, 30):
                owner.submit(number, f"number {number}")
        eventually(lambda: _all_done(owner, 30), "all 30")
        assert worker.said().count("no space left on device") == 1
        eventually(lambda: " works again, after" in worker.said(), "the end of it in the log")
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


def test_while_the_apps_hook_fails_nothing_ends_and_everybody_is_told(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """As in the example of the documents, where there is no public.users."""
    owner.rows(
        "create function public.on_generation_settled(g uuid, outcome text) returns void language plpgsql as"
        " $$ begin update public.users set credits = credits + 1; end $$"
    )
    ids = [owner.submit(number, f"number {number}") for number in range(3)]
    with (
        serving(**glue_environment) as url,
        running("work", **glue_environment, PUBLIC_URL=url, BASEPOOL_ENV="production") as worker,
    ):
        eventually(lambda: owner.value("select count(*) from basepool.unsettled") == 3, "their ends at Replicate")
        assert owner.statuses() == {"processing": 3}
        assert owner.value("select count(*) from basepool.seats where attempt_id is not null") == 0
        for command in (("why", str(ids[0])), ("status",), ("status", str(ids[1]))):
            shown = basepool(*command, DATABASE_URL=glue_environment["DATABASE_URL"]).stdout
            assert "TP024" in shown
            assert "public.users" in shown
        eventually(lambda: "TP024" in worker.said(), "a line in production's log")
        owner.rows("drop function public.on_generation_settled(uuid, text)")
        eventually(lambda: _all_done(owner, 3), "the end")
        eventually(lambda: "over: unsettled" in worker.said(), "that it is over, in the log")
        assert worker.said().count("TP024") == 1
    _nothing_twice(owner, replicate)
