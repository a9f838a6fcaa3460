"""What is silent without it: locks of others, workers that are gone, releases that do not fit, settings that do not fit."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from basepool import version
from basepool.config import Settings
from basepool.database import Database
from basepool.errors import DatabaseNewer, NotMigrated
from basepool.migrate import migrate
from basepool.simulator import SimulatorServer
from basepool.version import DB_DIR, SchemaVersion
from dev import devserver
from dev.devserver import reserved_port
from tests.support import PATIENCE_SECONDS, Owner, basepool, eventually, running, serving

_TABLES = [
    "public.generations",
    "public.replicate_tokens",
    "basepool.accounts",
    "basepool.attempts",
    "basepool.jobs",
    "basepool.limiters",
    "basepool.queue",
    "basepool.seats",
    "basepool.settings",
    "basepool.unsettled",
    "basepool.webhook_events",
    "basepool.workers",
]


@contextmanager
def _somebody(owner: Owner, statement: str) -> Iterator[int]:
    """Somebody who has done `statement` and leaves his transaction open; yields his process id."""
    with psycopg.connect(owner._connection.info.dsn, application_name="a migration") as connection:
        connection.execute(statement.encode())
        yield connection.info.backend_pid


@pytest.mark.parametrize("table", _TABLES)
def test_the_status_names_what_it_cannot_read_and_who_holds_it(owner: Owner, table: str) -> None:
    owner.rows("select basepool.add_token('r8_token_number_1', 'sim-1', 'user')")
    with _somebody(owner, f"lock table {table} in access exclusive mode") as pid:
        seen = eventually(
            lambda: status if (status := owner.value("select basepool.get_status()"))["blockers"] else None, "a blocker"
        )
        assert [(each["pid"], each["application"]) for each in seen["blockers"]] == [(pid, "a migration")]
        assert seen["blockers"][0]["holds"] == f"{table.split('.')[1]} (AccessExclusiveLock)"
        assert seen["blockers"][0]["since"]
        assert seen["unread"]
        assert all(seen[section] is None for section in seen["unread"])
    assert owner.value("select basepool.get_status()")["unread"] == []


def test_the_command_shows_it(glue_url: str, owner: Owner) -> None:
    owner.rows("select basepool.add_token('r8_token_number_1', 'sim-1', 'user')")
    with _somebody(owner, "lock table public.replicate_tokens in access exclusive mode") as pid:
        shown = eventually(
            lambda: found if "held by" in (found := basepool("status", DATABASE_URL=glue_url)).stdout else None,
            "a blocker",
        )
        assert shown.returncode == 0
        assert "NOT READ" in shown.stdout
        assert "generations" in shown.stdout
        assert f"pid {pid} (a migration, role postgres)" in shown.stdout
        # what has no parts says who to look for
        listed = basepool("tokens", "list", DATABASE_URL=glue_url, DB_TIMEOUT_SECONDS="2")
        assert listed.returncode == 2
        assert listed.stderr.startswith("error TP040: ")
        assert "basepool status" in listed.stderr


def test_a_row_that_somebody_holds_leaves_a_trace(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """An open transaction with the row of an account: nothing waits for it that shows, until somebody is refused."""
    variables = glue_environment | {"DB_TIMEOUT_SECONDS": "5", "BASEPOOL_ENV": "production"}
    with running("work", **variables) as worker:
        with _somebody(owner, "update basepool.accounts set username = username") as pid:
            eventually(lambda: f"pid {pid} (a migration" in worker.said(), "a line in production's log")
            assert "rows of accounts" in worker.said()
            [finding] = owner.value("select basepool.get_status()")["findings"]
            assert finding["name"] == f"blocked-by-{pid}"
            assert "idle in transaction" in finding["says"]
        eventually(lambda: f"over: blocked-by-{pid}" in worker.said(), "that it is over")
        assert worker.said().count(f"pid {pid} (") == 1


def test_workers_are_known_from_their_first_word_to_their_last(glue_environment: dict[str, str], owner: Owner) -> None:
    url = {"DATABASE_URL": glue_environment["DATABASE_URL"]}
    none = basepool("workers", **url)
    assert (none.returncode, none.stdout) == (1, "")
    assert "basepool work" in none.stderr
    with running("work", **glue_environment, WORKER_NAME="one") as worker:
        eventually(lambda: basepool("workers", **url).returncode == 0, "the first word")
        shown = json.loads(basepool("workers", "--json", **url).stdout)
        assert [(each["name"], each["hands"], each["is_silent"]) for each in shown] == [("one", 20, False)]
        worker.send_signal(15)
        assert worker.wait(PATIENCE_SECONDS) == 0
    assert owner.value("select count(*) from basepool.workers") == 0
    with running("work", **glue_environment, WORKER_NAME="two"):
        eventually(lambda: owner.value("select count(*) from basepool.workers") == 1, "another one")
    # it was killed
    owner.rows("update basepool.workers set heard_at = heard_at - interval '1 minute'")
    silent = basepool("workers", **url)
    assert silent.returncode == 1
    assert "SILENT" in silent.stdout
    assert "SILENT" in basepool("status", **url).stdout
    id = owner.submit(1)
    why = basepool("why", str(id), **url).stdout
    assert "every worker has been silent" in why
    assert "two: silent since" in why


def _release(tmp_path: Path, number: int, oldest: int, **functions: str) -> Path:
    """A db/ of another release."""
    folder = Path(shutil.copytree(DB_DIR, tmp_path / f"db{number}", ignore=shutil.ignore_patterns("tests")))
    path = folder / "functions" / "shared" / "schema_version.sql"
    text, changes = re.subn(
        r"select \d+ as version, \d+ as oldest", f"select {number} as version, {oldest} as oldest", path.read_text()
    )
    assert changes == 1
    path.write_text(text)
    for name, body in functions.items():
        (folder / "functions" / "shared" / f"{name}.sql").write_text(body)
    return folder


def test_a_newer_database_that_still_serves_us_is_no_obstacle(
    glue_environment: dict[str, str], database_url: str, owner: Owner, tmp_path: Path
) -> None:
    """The database is migrated under running processes: functions of the next release beside those of this one."""
    mine = version.ours().version
    beside = """
        -- The next release's, with an argument more.
        create or replace function basepool.renew_leases(p_worker text, p_attempts uuid[], p_more integer)
        returns setof uuid language sql security definer set search_path = '' as
        $$ select basepool.renew_leases(p_worker, p_attempts) $$;
        grant execute on function basepool.renew_leases(text, uuid[], integer) to basepool_glue;
    """
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url) as worker:
        owner.submit(1)
        eventually(lambda: owner.statuses() == {"completed": 1}, "one before")
        migrate(database_url, db_dir=_release(tmp_path, mine + 1, mine, newer=beside), echo=lambda *_: None)
        owner.submit(2, "slow [sim:slow=3]")
        eventually(lambda: owner.statuses() == {"completed": 2}, "one after")
        assert httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
        assert worker.poll() is None
        assert "TP0" not in worker.said()
    assert basepool("status", DATABASE_URL=glue_environment["DATABASE_URL"]).returncode == 0


def test_a_database_that_no_longer_serves_us_is_refused(
    glue_environment: dict[str, str], database_url: str, owner: Owner, tmp_path: Path
) -> None:
    mine = version.ours().version
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url) as worker:
        eventually(lambda: owner.value("select count(*) from basepool.workers") == 1, "a worker")
        assert httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
        migrate(database_url, db_dir=_release(tmp_path, mine + 2, mine + 1), echo=lambda *_: None)
        assert worker.wait(PATIENCE_SECONDS) == 2
        assert "error TP011: " in worker.said()
        assert f"schema version {mine + 2}" in worker.said()
        ready = httpx.get(f"{url}/readyz", trust_env=False)
        assert (ready.status_code, ready.json()["code"]) == (503, "TP011")
    with reserved_port() as port:
        for command in (("work",), ("serve",), ("status",), ("tokens", "list")):
            done = basepool(*command, **glue_environment, PORT=str(port))
            assert done.returncode == 2, command
            assert done.stderr.splitlines()[-2].startswith("error TP011: "), command


async def test_a_glue_that_is_newer_says_what_it_needs(glue_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other order: the processes are there before the database is migrated."""
    settings = Settings(database_url=SecretStr(glue_url))
    theirs = version.ours()
    monkeypatch.setattr(version, "ours", lambda: SchemaVersion(theirs.version + 1, theirs.version))
    async with Database.open(settings) as database:
        assert (await database.health())["ok"]
    monkeypatch.setattr(version, "ours", lambda: SchemaVersion(theirs.version + 2, theirs.version + 1))
    with pytest.raises(NotMigrated, match=f"needs {theirs.version + 1} or newer"):
        async with Database.open(settings):
            pass
    monkeypatch.setattr(version, "ours", lambda: SchemaVersion(theirs.oldest - 1, 0))
    with pytest.raises(DatabaseNewer):
        async with Database.open(settings):
            pass


async def test_a_function_that_is_missing_is_a_matter_of_releases(
    glue_url: str, owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Database.open(Settings(database_url=SecretStr(glue_url))) as database:
        owner.rows("drop function basepool.list_workers()")
        with pytest.raises(NotMigrated, match="list_workers"):
            await database.list_workers()
        monkeypatch.setattr(version, "ours", lambda: SchemaVersion(99, 98))
        with pytest.raises(NotMigrated, match="needs 98 or newer"):
            await database.list_workers()


def test_a_public_url_that_leads_nowhere_is_noticed(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.rows('select basepool.configure(\'{"check_after": "0.2 seconds"}\')')
    with reserved_port() as nobody:
        variables = glue_environment | {"PUBLIC_URL": f"http://127.0.0.1:{nobody}", "BASEPOOL_ENV": "production"}
        with running("work", **variables, WORKER_NAME="lost") as worker:
            eventually(lambda: owner.value("select count(*) from basepool.workers") == 1, "a worker")
            for number in range(4):
                owner.submit(number)
            eventually(lambda: "its PUBLIC_URL must lead to" in worker.said(), "a line in production's log")
            assert owner.statuses() == {"completed": 4}
            shown = basepool("status", DATABASE_URL=glue_environment["DATABASE_URL"]).stdout
            assert "ATTENTION" in shown
            assert "results of worker lost did not come by webhook" in " ".join(shown.split())
            assert worker.said().count("PUBLIC_URL") == 1


def test_hands_that_all_wait_for_replicate_are_noticed(glue_environment: dict[str, str], owner: Owner) -> None:
    variables = glue_environment | {"WORKER_CONCURRENCY": "1", "BASEPOOL_ENV": "production"}
    with running("work", **variables, WORKER_NAME="slow") as worker:
        owner.submit(1, "[sim:slow=600]")
        owner.submit(2)
        eventually(
            lambda: "all 1 hands of worker slow wait for Replicate" in worker.said(), "a line in production's log"
        )


def test_a_job_that_no_longer_runs_is_late_however_well_it_did(glue_url: str, owner: Owner) -> None:
    for job in ("cleanup", "rollup"):
        owner.rows("select basepool.run_job(%s)", job)
    owner.rows("update basepool.job_runs set started_at = started_at - interval '3 days' where job = 'cleanup'")
    shown = basepool("status", DATABASE_URL=glue_url).stdout
    assert "the job cleanup has not run since" in " ".join(shown.split())
    assert [line.split()[0] for line in shown.splitlines() if "LATE" in line] == ["cleanup"]
    finding = next(each for each in owner.value("select basepool.get_status()")["findings"])
    assert finding["name"] == "job-overdue-cleanup"


def test_a_secret_that_was_rotated_is_noticed(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.rows('select basepool.configure(\'{"check_after": "0.5 seconds"}\')')
    owner.rows(
        "select basepool.record_account(t.id, a.username, 'user', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')"
        " from public.replicate_tokens as t inner join basepool.accounts as a on a.id = t.account_id"
    )
    # the former one counts beside it, so it is made to be another one, too
    owner.rows(
        "select basepool.record_account(t.id, a.username, 'user', 'whsec_AfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')"
        " from public.replicate_tokens as t inner join basepool.accounts as a on a.id = t.account_id"
    )
    with (
        serving(**glue_environment) as url,
        running("work", **glue_environment, PUBLIC_URL=url, BASEPOOL_ENV="production") as worker,
    ):
        for number in range(6):
            owner.submit(number)
        eventually(lambda: "tokens check --all" in worker.said(), "a line in production's log")
        eventually(lambda: owner.statuses() == {"completed": 6}, "their ends")
        listed = basepool("tokens", "list", DATABASE_URL=glue_environment["DATABASE_URL"]).stdout
        assert "webhooks are refused" in " ".join(listed.split())


@pytest.mark.parametrize("pooler", ["auto", "transaction"])
def test_no_secret_reaches_the_servers_log(replicate: SimulatorServer, pooler: str) -> None:
    """A server that logs every statement, with what is bound to it."""
    with devserver.start() as server, Owner(server.url()) as owner:
        migrate(server.url(), echo=lambda *_: None)
        owner.rows("alter role basepool_glue login")
        owner.rows("alter system set log_statement = 'all'")
        owner.rows("alter system set log_min_duration_statement = 0")
        owner.rows("select pg_reload_conf()")
        eventually(lambda: owner.value("show log_statement") == "all", "that it logs")
        log = Path(owner.value("show data_directory")).parent / "postgres.log"
        variables = {
            "DATABASE_URL": server.url("basepool_glue"),
            "DATABASE_POOLER": pooler,
            "REPLICATE_BASE_URL": replicate.url,
        }
        owner.rows("select %s", "what is bound shows")
        added = basepool("tokens", "add", stdin="\n".join(replicate.tokens), **variables)
        assert added.returncode == 0, added.stderr
        assert "log" not in added.stderr
        rotated = basepool("tokens", "rotate", "1", stdin=replicate.tokens[0], **variables)
        logged = log.read_text()
        assert "what is bound shows" in logged
        assert [token for token in replicate.tokens if token in logged] == [], rotated.stderr
        assert "whsec_" not in logged
        # where the owner is no superuser, it can only be said
        owner.rows("create role careful_owner")
        owner.rows("grant usage, create on schema basepool to careful_owner")
        owner.rows("alter function basepool.keep_out_of_log() owner to careful_owner")
        warned = basepool("tokens", "check", "--all", **variables)
        assert "the server's log gets the secret, because of log_statement" in warned.stderr
