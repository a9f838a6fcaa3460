"""What migrate locks in a live database: only what the file says, and never for long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import psycopg
import pytest

from basepool import migrate as runner
from basepool.errors import MigrationFailed
from basepool.migrate import Migration, migrate
from basepool.version import DB_DIR
from tests.support import PATIENCE_SECONDS, Owner, eventually

_MIGRATIONS = [Migration(int(path.name[:4]), path) for path in sorted((DB_DIR / "migrations").glob("*.sql"))]
_FUNCTIONS = sorted((DB_DIR / "functions").glob("*/*.sql"))
_LOCKED = """
select distinct l.relation::regclass::text collate "C" from pg_locks as l inner join pg_class as c on c.oid = l.relation
where l.pid = pg_backend_pid() and c.relkind in ('r', 'p') and c.oid = any(%s::oid[]) and l.mode = any(%s) order by 1
"""
_TABLES = "select array_agg(oid) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
_BLOCKS_WRITES = ["ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"]
_MORE_THAN_READS = ["RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", *_BLOCKS_WRITES]
_SECONDS = 0.05


@pytest.fixture
def app(platform_url: str) -> Iterator[Owner]:
    """The platform's app, with basepool in its database."""
    migrate(platform_url, echo=lambda *_: None)
    with Owner(platform_url) as app:
        yield app


@pytest.fixture
def writing_app(app: Owner) -> Owner:
    """The app in a transaction that has written to both of its tables and stays open."""
    app.rows("begin")
    app.rows("update public.generations set viewed = true")
    app.rows("update public.replicate_tokens set last_error = 'none'")
    return app


def _edit(file: Path, text: str = "-- a word more") -> None:
    file.write_text(f"{file.read_text()}\n{text}\n")


def _locked(connection: psycopg.Connection, tables: list[int], modes: list[str]) -> str:
    """Which of `tables` this connection holds in one of `modes`."""
    return ", ".join(name for (name,) in connection.execute(_LOCKED, [tables, modes]))


def _tables(connection: psycopg.Connection) -> list[int]:
    [tables] = connection.execute(_TABLES).fetchone() or [[]]
    return list(tables)


def test_the_header_of_each_migration_is_true(platform_url: str) -> None:
    """Said of the tables that were there before: what keeps their writers waiting until the migration is over."""
    said, seen = {}, {}
    with psycopg.connect(platform_url, autocommit=True) as connection:
        tables = _tables(connection)
        connection.execute("set search_path = ''")
        for migration in _MIGRATIONS:
            if migration.is_outside:
                continue
            said[migration.path.name] = migration.locks
            with connection.transaction():
                connection.execute(migration.text.encode())
                seen[migration.path.name] = _locked(connection, tables, _BLOCKS_WRITES)
    assert said == seen
    assert "public.generations, public.replicate_tokens" in said.values()


def test_function_files_and_jobs_lock_no_table_of_the_app(cron_database_url: str) -> None:
    with psycopg.connect(cron_database_url) as connection:
        tables = _tables(connection)
        connection.execute("set local check_function_bodies = off")
        for file in [*_FUNCTIONS, DB_DIR / "jobs.sql"]:
            connection.execute(file.read_bytes())
            assert _locked(connection, tables, _MORE_THAN_READS) == "", file.name
        connection.rollback()


def test_functions_are_replaced_beside_an_open_transaction_of_the_app(
    writing_app: Owner, platform_url: str, db_dir: Path
) -> None:
    for file in (db_dir / "functions").glob("*/*.sql"):
        _edit(file)
    lines: list[str] = []

    report = migrate(platform_url, db_dir=db_dir, lock_seconds=_SECONDS, echo=lines.append)

    assert len(report.functions) == len(_FUNCTIONS)
    assert not any("try" in line for line in lines)


def _break_migration(db_dir: Path) -> str:
    (db_dir / "migrations" / "9000_lock_generations.sql").write_text("lock table public.generations;\n")
    return "9000_lock_generations.sql"


def _break_function(db_dir: Path) -> str:
    _edit(db_dir / "functions" / "shared" / "now.sql", "lock table public.generations;")
    return "functions/shared/now.sql"


_BOTH = pytest.mark.parametrize("break_file", [_break_migration, _break_function], ids=["migration", "function"])


@_BOTH
def test_a_file_whose_table_is_in_use_is_tried_again(
    writing_app: Owner, platform_url: str, db_dir: Path, break_file: Callable[[Path], str]
) -> None:
    name = break_file(db_dir)
    said: SimpleQueue[str] = SimpleQueue()
    with ThreadPoolExecutor(1) as pool:
        migrating = pool.submit(migrate, platform_url, db_dir=db_dir, lock_seconds=_SECONDS, echo=said.put)
        assert name in said.get(timeout=PATIENCE_SECONDS)
        writing_app.rows("rollback")
        report = migrating.result(PATIENCE_SECONDS)
    assert [*report.migrations, *report.functions] == [name]


@_BOTH
def test_a_file_whose_table_stays_in_use_names_who_has_it(
    writing_app: Owner, platform_url: str, db_dir: Path, break_file: Callable[[Path], str]
) -> None:
    name = break_file(db_dir)
    lines: list[str] = []

    with pytest.raises(MigrationFailed, match=name) as caught:
        migrate(platform_url, db_dir=db_dir, lock_seconds=_SECONDS, patience_seconds=1, echo=lines.append)

    pid = writing_app.value("select pg_backend_pid()")
    # once, however often it was tried
    assert [line for line in lines if " waits for pid " in line] == lines
    assert len(lines) == 1
    assert f"{name} waits for pid {pid} (" in lines[0]
    assert "idle in transaction, its transaction open since " in lines[0]
    # what it did, without a value
    assert lines[0].endswith(", last: update public.replicate_tokens set)")
    assert "lock timeout" in caught.value.message
    assert f": pid {pid} (" in caught.value.message
    assert "end its transaction" in caught.value.hint


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("  -- of r8_secret\n/* r8_more */ select * from x where token = 'r8_secret'", "select"),
        ("ALTER ROLE app PASSWORD 'hush'", "ALTER ROLE app"),
        ('insert into "r8_odd" values (1)', "insert into"),
        ("<insufficient privilege>", ""),
        ("", ""),
    ],
)
def test_no_value_of_a_statement_is_among_its_first_words(query: str, words: str) -> None:
    assert runner._first_words(query) == words


def test_the_locks_of_a_migration_are_taken_before_anything_is_done(
    app: Owner, platform_url: str, db_dir: Path
) -> None:
    """Else what it has changed already would hold up the app as long as it waits for the rest."""
    text = (
        "-- Locks: public.generations, public.replicate_tokens\nalter table public.generations add column later text;\n"
    )
    (db_dir / "migrations" / "9000_add_later.sql").write_text(text)
    with Owner(platform_url) as reader, ThreadPoolExecutor(1) as pool:
        reader.rows("begin")
        reader.rows("select from public.replicate_tokens")
        said: SimpleQueue[str] = SimpleQueue()
        migrating = pool.submit(migrate, platform_url, db_dir=db_dir, lock_seconds=_SECONDS, echo=said.put)
        assert "public.replicate_tokens waits for pid" in said.get(timeout=PATIENCE_SECONDS)
        # between two tries nothing is held
        eventually(lambda: app.rows("update public.generations set viewed = viewed returning id"), "a write")
        reader.rows("rollback")
        assert migrating.result(PATIENCE_SECONDS).migrations == ["9000_add_later.sql"]


def test_a_function_that_somebody_else_replaces_at_this_moment_is_tried_again(
    app: Owner, platform_url: str, db_dir: Path
) -> None:
    """Postgres says "tuple concurrently updated" to the second."""
    file = db_dir / "functions" / "shared" / "now.sql"
    _edit(file)
    lines: list[str] = []
    with psycopg.connect(platform_url) as other, ThreadPoolExecutor(1) as pool:
        other.execute(file.read_bytes())
        migrating = pool.submit(migrate, platform_url, db_dir=db_dir, lock_seconds=0.5, echo=lines.append)
        eventually(lambda: lines or app.value("select count(*) from pg_locks where not granted"), "a wait")
        other.commit()
        report = migrating.result(PATIENCE_SECONDS)
    assert lines[0] == "functions/shared/now.sql waits for what somebody else changes"
    assert report.functions == ["functions/shared/now.sql"]


def test_what_a_migration_locks_is_said(platform_url: str) -> None:
    lines: list[str] = []
    migrate(platform_url, dry_run=True, echo=lines.append)
    [planned] = [line for line in lines if "0003_adopt_app_tables.sql" in line]
    assert planned.endswith("  locks public.generations, public.replicate_tokens")

    lines.clear()
    migrate(platform_url, echo=lines.append)
    [done] = [line for line in lines if "0003_adopt_app_tables.sql" in line]
    assert "  locks public.generations, public.replicate_tokens" in done
