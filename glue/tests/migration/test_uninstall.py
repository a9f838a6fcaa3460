"""What migrate has brought goes again, and what was there before is as it was."""

from __future__ import annotations

import itertools
import os
import random
import re
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from basepool import uninstall as leaving
from basepool.errors import StillNeeded
from basepool.migrate import migrate
from dev.devserver import DevServer, find_bindir
from tests.migration.conftest import as_superuser, copy_platform
from tests.migration.queries import answers, differences
from tests.support import PATIENCE_SECONDS, Process, basepool, eventually, running

_VAULT = Path(__file__).parents[3] / "db" / "tests" / "vault.psql"
_ROWS = (
    "select md5(string_agg(r, '' order by r)) from ("
    " select g::text as r from public.generations as g union all select t::text from public.replicate_tokens as t) as q"
)
_OTHERS = "select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
_KILLS = int(os.environ.get("MIGRATE_KILLS", "2"))
_numbers = itertools.count(1)


def _quiet(*_: object) -> None:
    """Says nothing."""


def _pg(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [str(find_bindir() / program), *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _schema(url: str) -> str:
    # \restrict and \unrestrict carry a key that is new in each dump
    return re.sub(r"^\\(?:un)?restrict .*$", "", _pg("pg_dump", "--schema-only", "-d", as_superuser(url)), flags=re.M)


def _rows(url: str) -> Any:
    with psycopg.connect(url) as connection:
        return connection.execute(_ROWS).fetchone()


@pytest.fixture(scope="module")
def before(server: DevServer, platform_template: str) -> str:
    """The schema of the platform before basepool."""
    url = copy_platform(server, "left_before", platform_template)
    schema = _schema(url)
    server.drop_database("left_before")
    return schema


def _leave(url: str, **options: Any) -> list[str]:
    said: list[str] = []
    leaving.uninstall(url, echo=said.append, **options)
    return said


def test_all_is_as_it_was(platform_url: str, before: str) -> None:
    """By the owner, who is no superuser, and by the command."""
    rows, answered = _rows(platform_url), answers(platform_url)
    migrate(platform_url, echo=_quiet)
    assert _schema(platform_url) != before

    asked = basepool("uninstall", DATABASE_URL=platform_url)
    assert asked.returncode == 2
    assert "--yes" in asked.stderr
    looked = basepool("uninstall", "--dry-run", DATABASE_URL=platform_url)
    assert (looked.returncode, looked.stderr) == (0, "")
    assert "would give the tables and functions back" in looked.stdout

    done = basepool("uninstall", "--yes", DATABASE_URL=platform_url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "the tables are as they were" in done.stdout
    assert _schema(platform_url) == before
    assert _rows(platform_url) == rows
    assert differences(answered, answers(platform_url)) == {}

    again = basepool("uninstall", "--yes", DATABASE_URL=platform_url)
    assert again.returncode == 0, again.stderr
    assert "it is not in this database" in again.stdout
    migrate(platform_url, echo=_quiet)
    _leave(platform_url)
    assert _schema(platform_url) == before


def test_the_script_does_the_same(adopted_url: str, before: str, tmp_path: Path) -> None:
    script = tmp_path / "uninstall.sql"
    dumped = basepool("uninstall", "--dump-sql", DATABASE_URL="")
    assert dumped.returncode == 0, dumped.stderr
    script.write_text(dumped.stdout)
    for _ in range(2):
        _pg("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", adopted_url, "-f", str(script))
        assert _schema(adopted_url) == before


def test_rights_that_were_taken_come_back(adopted_url: str, before: str) -> None:
    with psycopg.connect(adopted_url) as connection:
        connection.execute("select basepool.configure('{\"enforce_user_rights\": true}')")
    _leave(adopted_url)
    # given again, they stand in another order in the dump
    assert sorted(_schema(adopted_url).splitlines()) == sorted(before.splitlines())


@pytest.mark.parametrize("steps", range(1, 6))
def test_what_was_interrupted_is_finished(adopted_url: str, before: str, steps: int) -> None:
    with psycopg.connect(adopted_url, autocommit=True) as connection:
        for number, step in enumerate(leaving.steps()):
            if number < steps:
                connection.execute(step.text.encode())
        if steps < len(leaving.steps()):
            connection.execute("begin")
            connection.execute(leaving.steps()[steps].text.encode())
            connection.execute("rollback")
    _leave(adopted_url)
    assert _schema(adopted_url) == before


def test_wherever_it_is_killed_the_next_run_finishes(server: DevServer, adopted_template: str, before: str) -> None:
    """The process, with kill -9. MIGRATE_KILLS=50 has it killed at fifty points: all over the time that the first one took."""
    chance = random.Random(13)
    took = 0.0
    for number in range(_KILLS + 1):
        url = copy_platform(server, f"left_killed_{number}", adopted_template)
        with (
            psycopg.connect(as_superuser(url), autocommit=True) as look,
            running("uninstall", "--yes", DATABASE_URL=url) as process,
        ):
            # from the first thing that it asks of the database
            eventually(partial(_has_begun, look, process), "the first look")
            began = time.monotonic()
            if number == 0:
                assert process.wait(PATIENCE_SECONDS) == 0, process.said()
                took = time.monotonic() - began
            else:
                threading.Event().wait(chance.random() * took)
                process.send_signal(signal.SIGKILL)
        _leave(url)
        assert _schema(url) == before, f"killed {number}"
        server.drop_database(f"left_killed_{number}")


def _has_begun(look: psycopg.Connection, process: Process) -> bool:
    return process.poll() is not None or look.execute(_OTHERS).fetchone() is not None


def test_columns_can_stay_for_the_next_time(adopted_url: str) -> None:
    with psycopg.connect(adopted_url) as connection:
        connection.execute("update public.replicate_tokens set weight = 7")
    done = basepool("uninstall", "--yes", "--keep-columns", DATABASE_URL=adopted_url)
    assert done.returncode == 0, done.stderr
    with psycopg.connect(adopted_url) as connection:
        # nothing of ours is in the way of the app
        connection.execute("insert into public.replicate_tokens (token) values ('r8_' || repeat('n', 37))")
    migrate(adopted_url, echo=_quiet)
    with psycopg.connect(adopted_url) as connection:
        assert connection.execute("select max(weight) from public.replicate_tokens").fetchone() == (7,)
        assert connection.execute(
            "select count(*) from public.replicate_tokens where account_id is null"
        ).fetchone() == (0,)
        assert connection.execute("select basepool.cut_over('*', 100)").fetchone()


def test_it_refuses_while_something_waits(adopted_url: str) -> None:
    with psycopg.connect(adopted_url) as connection:
        connection.execute("select basepool.cut_over('*', 100)")
        connection.execute(
            "insert into public.generations (user_id, action, model_id, model_name, replicate_model, prompt, replicate_input)"
            " select id, 'create', 'm', 'M', 'acme/one', 'x', '{\"prompt\": \"x\"}' from public.users order by id limit 1"
        )
    refused = basepool("uninstall", "--yes", DATABASE_URL=adopted_url)
    assert refused.returncode == 2
    assert "TP047" in refused.stderr
    assert "1 waiting" in refused.stderr
    assert basepool("cutover", "--models", "*", "--percent", "0", DATABASE_URL=adopted_url).returncode == 0
    _leave(adopted_url)


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ("create view public.mine as select id, queued_at from public.generations", "view mine"),
        ("create view public.mine as select * from basepool.accounts", "view mine"),
        ("create view public.mine as select basepool.owns(id) as o from public.generations", "view mine"),
        (
            "create policy mine on public.generations for select using (queued_at is null)",
            "policy mine",
        ),
        ("create function public.mine(a basepool.queue) returns int language sql return 1", "function mine"),
        ("create table public.mine (id bigint references basepool.accounts)", "mine"),
    ],
)
def test_it_refuses_while_something_leans_on_it(adopted_url: str, made: str, named: str) -> None:
    with psycopg.connect(as_superuser(adopted_url)) as connection:
        connection.execute(made.encode())
    with pytest.raises(StillNeeded) as refused:
        _leave(adopted_url)
    assert named in refused.value.message
    with psycopg.connect(adopted_url) as connection:
        assert connection.execute("select count(*) > 0 from basepool.jobs").fetchone() == (True,)


def test_secrets_come_back_from_vault(platform_url: str) -> None:
    with psycopg.connect(as_superuser(platform_url)) as connection:
        connection.execute(_VAULT.read_bytes())
        connection.execute(
            "grant usage on schema vault to platform_owner; grant all on all tables in schema vault to platform_owner"
        )
        connection.execute("select vault.create_secret('the app''s own', 'mine', 'of the app')")
    rows, schema = _rows(platform_url), _schema(platform_url)
    migrate(platform_url, echo=_quiet)
    with psycopg.connect(platform_url) as connection:
        connection.execute("select basepool.secure_tokens(false, true)")
        moved = connection.execute("select bool_and(token like 'vault:%') from public.replicate_tokens").fetchone()
    assert moved == (True,)
    _leave(platform_url)
    assert (_rows(platform_url), _schema(platform_url)) == (rows, schema)
    with psycopg.connect(platform_url) as connection:
        assert connection.execute("select name from vault.secrets").fetchall() == [("mine",)]


def test_tables_that_it_made_stay(server: DevServer, template: str) -> None:
    name = f"left_new_{next(_numbers)}"
    server.create_database(name, template)
    url = server.url(dbname=name)
    try:
        with psycopg.connect(url) as connection:
            connection.execute("select basepool.add_token('r8_' || repeat('x', 37))")
        said = _leave(url)
        assert any("stay with their rows" in line for line in said)
        with psycopg.connect(url) as connection:
            assert connection.execute("select count(*) from public.replicate_tokens").fetchone() == (1,)
            assert connection.execute("select to_regnamespace('basepool') is null").fetchone() == (True,)
    finally:
        server.drop_database(name)


def test_an_app_that_has_less_and_other_rights(platform_url: str) -> None:
    """Columns that were missing go, comments and rights are as they were, and what the app has made since is left alone."""
    with psycopg.connect(platform_url) as connection:
        connection.execute("alter table public.generations drop column viewed_at, drop column cost_usd cascade")
        connection.execute("revoke delete on public.generations from service_role")
        connection.execute("comment on column public.replicate_tokens.token is 'it''s the app''s'")
        connection.execute("grant execute on function public.get_generation_counts(uuid) to pg_monitor")
    schema = _schema(platform_url)
    migrate(platform_url, echo=_quiet)
    made = "create index generations_made_since on public.generations (model_id)"
    with psycopg.connect(platform_url) as connection:
        connection.execute(made.encode())
    _leave(platform_url)
    with psycopg.connect(platform_url) as connection:
        connection.execute("drop index public.generations_made_since")
    assert _schema(platform_url) == schema


def test_a_table_that_is_in_use_is_waited_for(adopted_url: str) -> None:
    with psycopg.connect(adopted_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute("select count(*) from public.generations")
        going = pool.submit(_leave, adopted_url)
        with psycopg.connect(adopted_url, autocommit=True) as look:
            eventually(
                lambda: look.execute(
                    "select 1 from pg_stat_activity where query ~ 'v_until constant' and state = 'active'"
                    " and pid <> pg_backend_pid() and datname = current_database()"
                ).fetchone(),
                "the step that needs the table",
            )
        assert not going.done()
        other.commit()
        assert going.result(60)


def test_only_the_owner_may_do_it(adopted_url: str) -> None:
    url = adopted_url.replace("//platform_owner@", "//left_by_a_stranger@")
    with psycopg.connect(as_superuser(adopted_url)) as connection:
        connection.execute("drop role if exists left_by_a_stranger")
        connection.execute("create role left_by_a_stranger login")
    try:
        refused = basepool("uninstall", "--yes", DATABASE_URL=url)
        assert refused.returncode == 2
        assert "TP019" in refused.stderr
        assert "as the owner" in refused.stderr
    finally:
        with psycopg.connect(as_superuser(adopted_url)) as connection:
            connection.execute("drop role left_by_a_stranger")
