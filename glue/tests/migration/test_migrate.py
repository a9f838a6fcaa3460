"""`make migrate`: once each, in order, under a lock, and never a half-done or foreign state."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from basepool import migrate as runner
from basepool.errors import (
    BasepoolError,
    DatabaseNewer,
    DatabaseRefused,
    DatabaseUnreachable,
    MigrationEdited,
    MigrationFailed,
)
from basepool.migrate import migrate
from basepool.version import DB_DIR

_SCHEMA: LiteralString = """
select 'column', table_schema || '.' || table_name || '.' || column_name
  , data_type || is_nullable || coalesce(column_default, '')
from information_schema.columns where table_schema in ('basepool', 'public')
union all
select 'function', p.oid::regprocedure::text
  , md5(p.prosrc) || coalesce(p.proacl::text, '') || coalesce(obj_description(p.oid), '')
from pg_proc as p where p.pronamespace::regnamespace::text in ('basepool', 'public')
union all
select 'index', schemaname || '.' || indexname, indexdef from pg_indexes where schemaname in ('basepool', 'public')
union all
select 'policy', policyname, coalesce(qual, '') || coalesce(with_check, '') from pg_policies
union all
select 'acl', c.oid::regclass::text, coalesce(c.relacl::text, '') from pg_class as c
where c.relnamespace::regnamespace::text in ('basepool', 'public') and c.relkind = 'r'
union all
select 'ledger', name, sha256 from basepool.schema_migrations
union all
select 'trigger', tgrelid::regclass::text, tgname from pg_trigger where not tgisinternal
order by 1, 2, 3
"""

_VERSIONS: LiteralString = """
select p.oid::regprocedure::text, p.xmin::text from pg_proc as p
where p.pronamespace in ('basepool'::regnamespace, 'public'::regnamespace) order by 1
"""


def _rows(url: str, query: LiteralString) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


def _migrate(url: str, **options: Any) -> list[str]:
    """Migrate and return what was said."""
    lines: list[str] = []
    migrate(url, echo=lines.append, **options)
    return lines


def test_everything_is_applied_once(empty_database_url: str) -> None:
    first = _migrate(empty_database_url)
    before = _rows(empty_database_url, _SCHEMA)
    second = _migrate(empty_database_url)

    assert sum("0001_create_roles.sql" in line for line in first) == 1
    assert _rows(empty_database_url, "select count(*) from basepool.schema_migrations") == [
        (len(list((DB_DIR / "migrations").glob("*.sql"))),)
    ]
    assert "nothing to do" in second[-1]
    assert _rows(empty_database_url, _SCHEMA) == before


def _said(lines: list[str], what: str) -> list[str]:
    """What the lines about `what` say after that, without the time it took."""
    return [re.sub(r" +\d+ ms$", "", line).removeprefix(what).strip() for line in lines if line.startswith(what)]


def test_only_the_function_file_that_changed_is_applied_again(empty_database_url: str, db_dir: Path) -> None:
    _migrate(empty_database_url, db_dir=db_dir)
    before = dict(_rows(empty_database_url, _VERSIONS))
    file = db_dir / "functions" / "shared" / "now.sql"
    file.write_text(file.read_text().replace("clock_timestamp()", "timestamptz '2000-01-01'"))

    assert _said(_migrate(empty_database_url, db_dir=db_dir, dry_run=True), "would apply") == [
        "functions  shared/now.sql"
    ]
    lines = _migrate(empty_database_url, db_dir=db_dir)

    assert _said(lines, "functions") == ["shared/now.sql"]
    assert not any("migration" in line for line in lines)
    assert _rows(empty_database_url, "select extract(year from basepool.now())::integer") == [(2000,)]
    after = dict(_rows(empty_database_url, _VERSIONS))
    assert [name for name, version in after.items() if before[name] != version] == ["basepool.now()"]


def test_many_function_files_are_counted(empty_database_url: str) -> None:
    count = len(list((DB_DIR / "functions").glob("*/*.sql")))

    assert _said(_migrate(empty_database_url), "functions") == [f"{count} files"]
    assert _rows(empty_database_url, "select count(*) from basepool.schema_files where path <> 'jobs.sql'") == [
        (count,)
    ]


def test_a_function_file_that_only_moved_is_not_applied_again(empty_database_url: str, db_dir: Path) -> None:
    _migrate(empty_database_url, db_dir=db_dir)
    before = _rows(empty_database_url, _VERSIONS)
    (db_dir / "functions" / "elsewhere").mkdir()
    (db_dir / "functions" / "shared" / "now.sql").rename(db_dir / "functions" / "elsewhere" / "now.sql")

    lines = _migrate(empty_database_url, db_dir=db_dir)

    assert [line.split() for line in _said(lines, "moved")] == [["elsewhere/now.sql", "not", "applied", "again"]]
    assert _said(lines, "functions") + _said(lines, "gone") == []
    assert _rows(empty_database_url, _VERSIONS) == before
    assert _rows(empty_database_url, "select path from basepool.schema_files where path like '%/now.sql'") == [
        ("functions/elsewhere/now.sql",)
    ]
    assert "nothing to do" in _migrate(empty_database_url, db_dir=db_dir)[-1]


def test_a_function_file_that_is_gone_leaves_the_ledger_only(empty_database_url: str, db_dir: Path) -> None:
    _migrate(empty_database_url, db_dir=db_dir)
    (db_dir / "functions" / "shared" / "now.sql").unlink()

    lines = _migrate(empty_database_url, db_dir=db_dir)

    [gone] = _said(lines, "gone")
    assert gone.startswith("shared/now.sql ")
    assert _said(lines, "functions") == []
    assert _rows(empty_database_url, "select count(*) from basepool.schema_files where path like '%/now.sql'") == [(0,)]
    assert _rows(empty_database_url, "select basepool.now() is not null") == [(True,)]
    assert "nothing to do" in _migrate(empty_database_url, db_dir=db_dir)[-1]


def test_a_function_file_that_fails_is_named_and_keeps_the_others_as_they_were(
    empty_database_url: str, db_dir: Path
) -> None:
    _migrate(empty_database_url, db_dir=db_dir)
    before = _rows(empty_database_url, _VERSIONS)
    for name, text in (("_is_service_role", "-- a word more"), ("now", "selec 1;")):
        file = db_dir / "functions" / "shared" / f"{name}.sql"
        file.write_text(f"{file.read_text()}{text}\n")

    with pytest.raises(MigrationFailed, match=r"functions/shared/now\.sql, line \d+: syntax error"):
        _migrate(empty_database_url, db_dir=db_dir)

    assert _rows(empty_database_url, _VERSIONS) == before


def test_two_at_once_wait_for_each_other(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: _migrate(empty_database_url), range(4)))

    applied = [line for lines in said for line in lines if "0004_create_queue" in line]
    assert len(applied) == 1
    assert _rows(empty_database_url, "select count(distinct number) = count(*) from basepool.schema_migrations") == [
        (True,)
    ]


def test_an_edited_migration_is_an_error_that_names_it(empty_database_url: str, db_dir: Path) -> None:
    _migrate(empty_database_url, db_dir=db_dir)
    file = db_dir / "migrations" / "0003_adopt_app_tables.sql"
    file.write_text(file.read_text() + "\n-- a second thought\n")

    with pytest.raises(MigrationEdited, match="0003_adopt_app_tables") as caught:
        _migrate(empty_database_url, db_dir=db_dir)
    assert caught.value.code == "TP010"


def test_an_older_checkout_refuses_a_newer_database(empty_database_url: str, db_dir: Path) -> None:
    (db_dir / "migrations" / "9000_add_something.sql").write_text("-- later\nselect 1;\n")
    _migrate(empty_database_url, db_dir=db_dir)

    with pytest.raises(DatabaseNewer, match="9000_add_something") as caught:
        _migrate(empty_database_url)
    assert caught.value.code == "TP011"


def test_a_dry_run_says_what_it_would_do_and_does_nothing(empty_database_url: str) -> None:
    lines = _migrate(empty_database_url, dry_run=True)

    assert any("would apply" in line and "0001_create_roles.sql" in line for line in lines)
    assert _rows(empty_database_url, "select to_regnamespace('basepool') is null") == [(True,)]


def test_it_does_not_wait_for_another_migrate_for_ever(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_OTHER_MIGRATE_SECONDS", 0.05)
    with psycopg.connect(empty_database_url) as other:
        other.execute("select pg_advisory_xact_lock(%s)", [runner._LOCK])
        with pytest.raises(MigrationFailed, match="another migrate has been running for"):
            _migrate(empty_database_url)


def test_without_pg_cron_it_says_that_nothing_is_scheduled(empty_database_url: str) -> None:
    assert any("nothing is scheduled" in line for line in _migrate(empty_database_url))


def test_a_migration_that_fails_leaves_nothing_of_itself(empty_database_url: str, db_dir: Path) -> None:
    (db_dir / "migrations" / "9000_break_things.sql").write_text("create table public.half_done ();\nselect 1 / 0;\n")

    with pytest.raises(MigrationFailed, match="9000_break_things"):
        _migrate(empty_database_url, db_dir=db_dir)

    assert _rows(empty_database_url, "select to_regclass('public.half_done') is null") == [(True,)]
    assert _rows(empty_database_url, "select max(number) from basepool.schema_migrations") < [(9000,)]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda url: url.replace("//postgres@", "//nobody_there:secret-password@"), DatabaseRefused),
        (lambda url: url.rsplit("/", 1)[0] + "/not_there", DatabaseRefused),
        (lambda _: "postgresql://postgres:secret-password@127.0.0.1:1/postgres", DatabaseUnreachable),
    ],
    ids=["no such role", "no such database", "no server"],
)
def test_no_database_is_a_plain_error(
    empty_database_url: str, change: Callable[[str], str], kind: type[BasepoolError]
) -> None:
    with pytest.raises(kind) as caught:
        _migrate(change(empty_database_url))
    assert "\n" not in caught.value.message
    assert "secret-password" not in caught.value.message + caught.value.hint
