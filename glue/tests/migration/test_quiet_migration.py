"""A migration that nobody notices: the app goes on beside it, indexes are made without holding up anybody, those that are there
are recognised, and whoever kills it finds nothing broken."""

from __future__ import annotations

import os
import random
import signal
import statistics
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import quote

import psycopg
import pytest

from basepool.errors import MigrationFailed
from basepool.migrate import migrate
from basepool.uninstall import uninstall
from dev.devserver import DevServer, find_bindir
from tests.migration.conftest import as_superuser, copy_platform
from tests.support import PATIENCE_SECONDS, Owner, Process, eventually, running

_FIRST_WITH_TRANSACTION_TIMEOUT = 170_000
_KILLS = int(os.environ.get("MIGRATE_KILLS", "5"))
_BEHIND_US = """
select a.pid, l.waitstart::text, extract(epoch from clock_timestamp() - l.waitstart)::float
from pg_locks as l inner join pg_stat_activity as a on a.pid = l.pid
where a.application_name = 'app' and l.waitstart is not null and exists (
  select from unnest(pg_blocking_pids(a.pid)) as b (pid) inner join pg_stat_activity as o on o.pid = b.pid
  where o.application_name = 'migrate'
)
"""
_OURS = """
select c.relname from pg_index as i inner join pg_class as c on c.oid = i.indexrelid
where i.indrelid = 'public.generations'::regclass and i.indisvalid and starts_with(c.relname, 'generations_') order by 1
"""
_HEAVY = {"generations_active_idx", "generations_deletable_idx", "generations_idempotency_key", "generations_retry_key"}


class _App:
    """It reads and writes all the time, over some connections."""

    def __init__(self, url: str) -> None:
        self._url, self._stops = url, threading.Event()
        self.waits: dict[tuple[int, str], float] = {}
        """Seconds for which each of its statements was seen to wait behind the migration, by the server's clock."""
        self.statements = 0

    @property
    def longest(self) -> float:
        """Of these waits."""
        return max(self.waits.values(), default=0)

    def work(self, number: int) -> None:
        with psycopg.connect(self._url, autocommit=True, application_name="app") as connection:
            while not self._stops.wait(0.02):
                connection.execute("select count(*) from public.generations where status = 'processing'")
                connection.execute(
                    "update public.generations set viewed = true where id ="
                    " (select id from public.generations order by id offset %s limit 1)",
                    [number],
                )
                connection.execute("update public.replicate_tokens set last_error = 'x' where id = %s", [number])
                self.statements += 3

    def watch(self) -> None:
        with psycopg.connect(as_superuser(self._url), autocommit=True) as connection:
            while not self._stops.wait(0.02):
                for pid, since, seconds in connection.execute(_BEHIND_US):
                    self.waits[pid, since] = seconds

    @contextmanager
    def working(self) -> Iterator[None]:
        with ThreadPoolExecutor(5) as pool:
            futures = [pool.submit(self.watch), *(pool.submit(self.work, number) for number in range(1, 5))]
            try:
                yield
            finally:
                self._stops.set()
                for future in futures:
                    future.result()


@pytest.mark.parametrize(
    "holds",
    ["update public.generations set viewed = true where id = (select id from public.generations order by id limit 1)",
     "select count(*) from public.generations"],
    ids=["an idle writer", "an idle reader"],
)  # fmt: skip
def test_the_app_goes_on_beside_a_transaction_that_is_left_open(platform_url: str, holds: str) -> None:
    """It keeps migrate waiting for as long as it likes; whoever comes meanwhile waits for moments."""
    app = _App(platform_url)
    said: SimpleQueue[str] = SimpleQueue()
    with ThreadPoolExecutor(1) as pool, app.working(), psycopg.connect(platform_url) as idle:
        idle.execute(holds.encode())
        migrating = pool.submit(migrate, platform_url, application_name="migrate", patience_seconds=600, echo=said.put)
        eventually(lambda: f"pid {idle.info.backend_pid} (" in said.get(timeout=PATIENCE_SECONDS), "that it is named")
        before = app.statements
        eventually(lambda: app.statements > before + 300, "what the app does")
        assert not migrating.done()
        idle.rollback()
        migrating.result(PATIENCE_SECONDS)
    # a tenth of a second is asked for: on a busy machine others may take the processor meanwhile, but not each time
    assert app.waits
    assert statistics.median(app.waits.values()) < 0.25
    assert app.longest < 2


def test_an_index_of_the_app_that_does_the_same_is_as_good(platform_url: str) -> None:
    said: list[str] = []
    migrate(platform_url, echo=said.append)
    with Owner(platform_url) as owner:
        ours = {name for (name,) in owner.rows(_OURS)}
        there = owner.value("select to_regclass('public.idx_generations_user_created') is not null")
    assert there
    assert ours & _HEAVY == _HEAVY
    assert "generations_user_created_idx" not in ours
    assert any("generations_user_created_idx" in line and "does the same" in line for line in said)


def test_one_that_was_left_half_done_is_made_anew(platform_url: str) -> None:
    active = "(created_at) where status in ('pending', 'queued', 'processing')"
    with psycopg.connect(as_superuser(platform_url), autocommit=True) as connection:
        connection.execute(f"create index generations_active_idx on public.generations {active}".encode())
        connection.execute(
            "update pg_index set indisvalid = false where indexrelid = 'generations_active_idx'::regclass"
        )
        connection.execute("alter index public.generations_active_idx owner to platform_owner")
    said: list[str] = []
    migrate(platform_url, echo=said.append)
    assert "public.generations_active_idx was left half-done: it is made anew" in said
    with Owner(platform_url) as owner:
        assert ("generations_active_idx",) in owner.rows(_OURS)


def test_another_index_of_that_name_is_left_alone(platform_url: str) -> None:
    with Owner(platform_url) as owner:
        owner.rows("create index generations_retry_key on public.generations (cost_usd, status)")
        with pytest.raises(MigrationFailed, match="generations_retry_key") as caught:
            migrate(platform_url, echo=lambda *_: None)
        owner.rows("alter index public.generations_retry_key rename to of_the_app")
        assert "alter index" in caught.value.hint
    migrate(platform_url, echo=lambda *_: None)


@contextmanager
def _an_old_reader(url: str) -> Iterator[psycopg.Connection]:
    """For whose end each index that is made now waits: it has looked at something else, and may look where that lacks a row."""
    with psycopg.connect(url) as old:
        old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        old.execute("set local idle_in_transaction_session_timeout = 0")
        old.execute("select count(*) from public.workspaces")
        yield old


def test_what_an_index_waits_for_is_said_and_keeps_nobody_else_waiting(platform_url: str) -> None:
    app = _App(platform_url)
    said: SimpleQueue[str] = SimpleQueue()
    with ThreadPoolExecutor(1) as pool, app.working(), _an_old_reader(platform_url) as old:
        migrating = pool.submit(migrate, platform_url, application_name="migrate", echo=said.put)
        waits = f"waits for the transaction of pid {old.info.backend_pid} ("
        eventually(lambda: waits in said.get(timeout=PATIENCE_SECONDS), "that it is named")
        before = app.statements
        eventually(lambda: app.statements > before + 100, "what the app does")
        assert not migrating.done()
        old.rollback()
        migrating.result(PATIENCE_SECONDS)
    assert app.longest < 2


_BUILDS = (
    "select count(*) from pg_stat_activity where starts_with(query, 'create index concurrently') and state = 'active'"
)


def test_no_timeout_that_it_was_given_ends_an_index(platform_url: str) -> None:
    names = ["statement_timeout", "idle_in_transaction_session_timeout"]
    with psycopg.connect(platform_url) as owner:
        if owner.info.server_version >= _FIRST_WITH_TRANSACTION_TIMEOUT:
            names.append("transaction_timeout")
    # for whoever connects so, as others of the role go on
    url = f"{platform_url}?options={quote(' '.join(f'-c {name}=2s' for name in names))}"
    with ThreadPoolExecutor(1) as pool, _an_old_reader(platform_url) as old, Owner(platform_url) as owner:
        migrating = pool.submit(migrate, url, echo=lambda *_: None)
        late = f"{_BUILDS} and query_start < clock_timestamp() - interval '3 seconds' and datname = current_database()"
        eventually(lambda: owner.value(late), "that an index has been made for so long")
        old.rollback()
        assert "0015_index_app_tables.sql" in migrating.result(PATIENCE_SECONDS).migrations


@pytest.mark.parametrize("ends", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_one_that_ended_while_it_made_an_index_is_no_trouble_to_the_next(
    platform_url: str, ends: signal.Signals
) -> None:
    """The database goes on making the index of who was killed."""
    said: SimpleQueue[str] = SimpleQueue()
    with ThreadPoolExecutor(1) as pool, _an_old_reader(platform_url) as old, Owner(platform_url) as owner:
        here = f"{_BUILDS} and datname = current_database()"
        with running("migrate", DATABASE_URL=platform_url) as process:
            eventually(lambda: owner.value(here), "an index that is being made")
            process.send_signal(ends)
            process.wait(PATIENCE_SECONDS)
        if ends == signal.SIGINT:
            eventually(lambda: not owner.value(here), "the end of the index")
        assert owner.value(here) == (ends == signal.SIGKILL)
        migrating = pool.submit(migrate, platform_url, echo=said.put)
        told = "has done with public.generations" if ends == signal.SIGKILL else "is made anew"
        eventually(lambda: told in said.get(timeout=PATIENCE_SECONDS), "what it does about that")
        old.rollback()
        assert "0015_index_app_tables.sql" in migrating.result(PATIENCE_SECONDS).migrations
        assert owner.rows("select 1 from pg_index where not indisvalid") == []
        assert {name for (name,) in owner.rows(_OURS)} >= _HEAVY


_SLOW_VACUUM = """
alter table public.generations set (
  autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 100
  , autovacuum_vacuum_cost_limit = 1
)
"""


@contextmanager
def _autovacuum(server: DevServer, url: str) -> Iterator[None]:
    """While one goes through the app's table, slowly."""
    with psycopg.connect(server.url(dbname=url.rpartition("/")[2]), autocommit=True) as superuser:
        superuser.execute(_SLOW_VACUUM)
        superuser.execute("update public.generations set viewed = not viewed")
        superuser.execute("alter system set autovacuum_naptime = '1s'")
        try:
            superuser.execute("select pg_reload_conf()")
            runs = "select from pg_stat_progress_vacuum where relid = 'public.generations'::regclass"
            eventually(lambda: superuser.execute(runs).fetchone() is not None, "an autovacuum")
        finally:
            superuser.execute("alter system reset autovacuum_naptime")
            superuser.execute("select pg_reload_conf()")
        yield


@pytest.mark.parametrize("first", [True, False], ids=["before the locks", "before the constraint is checked"])
def test_an_autovacuum_makes_way(server: DevServer, platform_url: str, db_dir: Path, first: bool) -> None:
    """It does so for who has waited a second, not for who asks for a tenth of one, however often."""
    if not first:
        last = db_dir / "migrations" / "0016_constrain_app_tables.sql"
        text = last.read_text()
        last.unlink()
        migrate(platform_url, db_dir=db_dir, echo=lambda *_: None)
        last.write_text(text)
    with _autovacuum(server, platform_url):
        report = migrate(platform_url, db_dir=db_dir, echo=lambda *_: None)
        assert "0016_constrain_app_tables.sql" in report.migrations


@pytest.mark.parametrize("leaves", [True, False], ids=["out again", "users' rights"])
def test_an_autovacuum_makes_way_for_all_that_need_a_table(server: DevServer, adopted_url: str, leaves: bool) -> None:
    with _autovacuum(server, adopted_url):
        if leaves:
            uninstall(adopted_url, echo=lambda *_: None)
        else:
            with psycopg.connect(adopted_url) as owner:
                owner.execute("select basepool.configure('{\"enforce_user_rights\": true}')")


def test_two_at_once_make_each_index_once(platform_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: migrate(platform_url, echo=lambda *_: None), range(2)))
    assert sorted(len(report.migrations) > 0 for report in reports) in ([False, True], [True, True])
    assert sum(report.migrations.count("0015_index_app_tables.sql") for report in reports) == 1
    with Owner(platform_url) as owner:
        assert owner.rows("select 1 from pg_index where not indisvalid") == []


def test_an_index_does_not_wait_for_the_migration_itself(platform_url: str) -> None:
    """A transaction that is left open for long would keep its snapshot, where that is the default."""
    with Owner(as_superuser(platform_url)) as superuser:
        name = superuser.value("select quote_ident(current_database())")
        superuser.rows(f"alter database {name} set default_transaction_isolation = 'repeatable read'")
        # else it would wait for ever
        superuser.rows(f"alter database {name} set idle_in_transaction_session_timeout = '20s'")

    def say(line: str) -> None:
        assert "(migrate)" not in line

    report = migrate(platform_url, application_name="migrate", echo=say)
    assert "0015_index_app_tables.sql" in report.migrations


def _dump(server: DevServer, url: str) -> str:
    """The schema, as pg_dump has it, without what that makes up each time."""
    done = subprocess.run(
        [find_bindir() / "pg_dump", "--schema-only", "--dbname", as_superuser(url)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def test_wherever_it_is_killed_the_next_one_finishes(
    server: DevServer, platform_template: str, adopted_url: str
) -> None:
    """MIGRATE_KILLS=50 has it killed at fifty points."""
    whole = _dump(server, adopted_url)
    chance = random.Random(7)
    for number in range(_KILLS):
        url = copy_platform(server, f"killed_{number}", platform_template)
        steps = chance.randrange(14)
        with Owner(url) as owner, running("migrate", DATABASE_URL=url) as process:
            eventually(partial(_has_come_far, owner, process, steps), "a step")
            # and a moment more
            threading.Event().wait(chance.random() * 0.2)
            process.send_signal(signal.SIGKILL)
        migrate(url, echo=lambda *_: None)
        assert _dump(server, url) == whole, f"killed after {steps} steps"
        server.drop_database(f"killed_{number}")


def _has_come_far(owner: Owner, process: Process, steps: int) -> bool:
    there = owner.value("select count(*) from pg_class where relname in ('schema_migrations', 'schema_files')") == 2
    done = "select (select count(*) from basepool.schema_migrations) + (select count(*) from basepool.schema_files)"
    return process.poll() is not None or (there and owner.value(done) >= steps)
