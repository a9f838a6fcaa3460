"""Applies `db/` to a database: migrations once each, functions when they changed, jobs where pg_cron is.

The ledger is ours alone (Supabase's CLI trips over rows of others in its own). Every step is one transaction that begins
with an advisory lock and reads the ledger after it, so two at once wait for each other, also behind a pooler.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import errors as pg
from psycopg.rows import tuple_row

from basepool.errors import (
    DatabaseNewer,
    MigrationEdited,
    MigrationFailed,
    SetupError,
    from_database,
)

Echo = Callable[[str], None]
Connection = psycopg.Connection[tuple[Any, ...]]

_PACKAGED = Path(__file__).parent / "db"
DB_DIR = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2] / "db"
"""What is applied: `db/` as it travels in the wheel, or that of the checkout."""
_LOCK = 7_239_541_180_021  # any number nobody else uses
_LOCK_SECONDS = 60
_TABLE_LOCK_TRIES = 5
_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")

_BOOTSTRAP = """\
create schema if not exists basepool;
create table if not exists basepool.schema_migrations (
  number integer primary key,
  name text not null,
  sha256 text not null,
  applied_at timestamptz not null default now()
);
comment on table basepool.schema_migrations is
'The migrations that make migrate has applied. A file that was applied is never edited: its hash is compared.';
alter table basepool.schema_migrations enable row level security;
revoke all on basepool.schema_migrations from public;
create table if not exists basepool.schema_files (
  path text primary key,
  sha256 text not null,
  applied_at timestamptz not null default now()
);
comment on table basepool.schema_files is
'What make migrate applies again whenever it has changed: db/functions and db/jobs.sql, with their hashes.';
alter table basepool.schema_files enable row level security;
revoke all on basepool.schema_files from public;
"""


@dataclass(frozen=True)
class Migration:
    """One file of db/migrations."""

    number: int
    path: Path

    @property
    def text(self) -> str:
        """Its SQL."""
        return self.path.read_text(encoding="utf-8")

    @property
    def sha256(self) -> str:
        """The hash the ledger keeps."""
        return _hash(self.text)


@dataclass
class Report:
    """What was done, or with dry_run what would be."""

    migrations: list[str] = field(default_factory=list)
    functions: int = 0
    jobs: int | None = None
    """How many jobs are scheduled; None where pg_cron is missing."""

    @property
    def is_empty(self) -> bool:
        """Whether there was nothing to do."""
        return not self.migrations and not self.functions


@dataclass(frozen=True)
class _Files:
    migrations: list[Migration]
    functions: dict[str, str]
    jobs: str

    @property
    def functions_sha256(self) -> str:
        return _hash("".join(f"{name}\n{text}\n" for name, text in self.functions.items()))


@dataclass(frozen=True)
class _Ledger:
    migrations: dict[int, tuple[str, str]]
    files: dict[str, str]


def migrate(
    url: str,
    *,
    dry_run: bool = False,
    dump_sql: bool = False,
    db_dir: Path | None = None,
    echo: Echo = print,
) -> Report:
    """Bring the database at `url` (empty: libpq's PG* variables) up to this checkout and say what was done.

    `dry_run` only says what would be done; `dump_sql` only prints the pending work as one script for Supabase's SQL editor.
    Raises MigrationEdited, DatabaseNewer, MigrationFailed, DatabaseUnreachable, DatabaseRefused, MissingPrivilege.
    """
    files = _read_files(db_dir or DB_DIR)
    try:
        with psycopg.connect(
            url, autocommit=True, prepare_threshold=None, connect_timeout=10, row_factory=tuple_row
        ) as connection:
            ledger = _read_ledger(connection)
            _check(files, ledger)
            if dump_sql:
                return _dump(files, ledger, echo)
            if dry_run:
                return _plan(connection, files, ledger, echo)
            return _apply(connection, files, _without_repeats(echo))
    except psycopg.Error as error:
        raise from_database(error) from None


def _without_repeats(echo: Echo) -> Echo:
    """Each sentence once: every step waits for the same other migrate."""
    said: set[str] = set()

    def say(text: str) -> None:
        if text not in said:
            said.add(text)
            echo(text)

    return say


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read_files(db_dir: Path) -> _Files:
    migrations: dict[int, Migration] = {}
    for path in sorted((db_dir / "migrations").glob("*.sql")):
        match = _NAME.match(path.name)
        if not match:
            raise MigrationFailed(f"{path.name} is not named NNNN_verb_object.sql", "Rename it; nothing was applied.")
        number = int(match[1])
        if number in migrations:
            raise MigrationFailed(
                f"{migrations[number].path.name} and {path.name} have one number",
                "Give the newer one the next free number; nothing was applied.",
            )
        migrations[number] = Migration(number, path)
    if not migrations:
        raise SetupError(
            f"there are no migrations in {db_dir.name}/migrations", "Run it from a checkout, or pass --db-dir."
        )
    # what all stages use comes first: a body that is parsed when it is made needs what it calls
    paths = sorted((db_dir / "functions").glob("*/*.sql"), key=lambda path: (path.parent.name != "shared", path))
    functions = {path.name: path.read_text(encoding="utf-8") for path in paths}
    return _Files(list(migrations.values()), functions, (db_dir / "jobs.sql").read_text(encoding="utf-8"))


def _read_ledger(connection: Connection) -> _Ledger:
    row = connection.execute("select to_regclass('basepool.schema_migrations'), to_regclass('basepool.schema_files')")
    if None in (row.fetchone() or (None,)):
        return _Ledger({}, {})
    migrations = connection.execute("select number, name, sha256 from basepool.schema_migrations").fetchall()
    files = connection.execute("select path, sha256 from basepool.schema_files").fetchall()
    return _Ledger({number: (name, sha) for number, name, sha in migrations}, dict(files))


def _check(files: _Files, ledger: _Ledger) -> None:
    known = {migration.number: migration for migration in files.migrations}
    for number, (name, sha256) in sorted(ledger.migrations.items()):
        migration = known.get(number)
        if migration is None:
            raise DatabaseNewer(f"the database has migration {name}, which this checkout lacks: it is newer")
        if migration.sha256 != sha256:
            raise MigrationEdited(f"{migration.path.name} was edited after it had been applied")


def _pending(files: _Files, ledger: _Ledger) -> list[Migration]:
    return [migration for migration in files.migrations if migration.number not in ledger.migrations]


def _apply(connection: Connection, files: _Files, echo: Echo) -> Report:
    report = Report()
    connection.execute("select set_config('client_min_messages', 'warning', false)")
    with connection.transaction():
        _lock(connection, echo)
        connection.execute(_BOOTSTRAP)

    for migration in files.migrations:
        began = time.monotonic()

        def once(migration: Migration = migration) -> bool:
            # another migrate may have been faster while we waited for the lock
            ledger = _read_ledger(connection)
            _check(files, ledger)
            if migration.number in ledger.migrations:
                return False
            connection.execute(_sql(migration.text))
            connection.execute(
                "insert into basepool.schema_migrations (number, name, sha256) values (%s, %s, %s)",
                (migration.number, migration.path.name, migration.sha256),
            )
            return True

        if _in_transaction(connection, migration.path.name, migration.text, once, echo):
            report.migrations.append(migration.path.name)
            echo(_line("migration", migration.path.name, began))

    began = time.monotonic()
    has_cron = _ensure_cron(connection)

    def functions() -> bool:
        ledger = _read_ledger(connection)
        _check(files, ledger)
        if ledger.files.get("functions") == files.functions_sha256:
            return False
        # a function may use another that comes later in the alphabet
        connection.execute("set local check_function_bodies = off")
        for name, text in files.functions.items():
            try:
                connection.execute(_sql(text))
            except psycopg.Error as error:
                raise _failure(f"functions/{name}", text, error) from None
        _remember(connection, "functions", files.functions_sha256)
        return True

    if _in_transaction(connection, "functions", "", functions, echo):
        report.functions = len(files.functions)
        echo(_line("functions", f"{report.functions} files", began))

    if has_cron:
        began = time.monotonic()

        def jobs() -> bool:
            ledger = _read_ledger(connection)
            is_known = ledger.files.get("jobs.sql") == _hash(files.jobs)
            if is_known and not report.functions and _count_jobs(connection):
                return False
            connection.execute(_sql(files.jobs))
            _remember(connection, "jobs.sql", _hash(files.jobs))
            return True

        is_new = _in_transaction(connection, "jobs.sql", files.jobs, jobs, echo)
        report.jobs = _count_jobs(connection)
        if is_new:
            echo(_line("jobs", f"{report.jobs} scheduled", began))
    else:
        echo(_without_cron(connection))
    if report.is_empty:
        echo("nothing to do: the database is up to date")
    return report


def _in_transaction(connection: Connection, name: str, text: str, work: Callable[[], bool], echo: Echo) -> bool:
    """Run `work` in one transaction under the advisory lock. A table that somebody holds is waited for in short tries, so
    that a live database never queues behind us."""
    for tries_left in reversed(range(_TABLE_LOCK_TRIES)):
        try:
            with connection.transaction():
                _lock(connection, echo)
                connection.execute("set local lock_timeout = '5s'")
                return work()
        except pg.LockNotAvailable as error:
            if not tries_left:
                raise _failure(name, text, error) from None
            echo(f"{name}: a table is in use, trying again")
            time.sleep(1)
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            raise _failure(name, text, error) from None
    raise AssertionError("unreachable")


def _lock(connection: Connection, echo: Echo) -> None:
    row = connection.execute("select pg_try_advisory_xact_lock(%s)", (_LOCK,)).fetchone()
    if row and row[0]:
        return
    echo("another migrate is running, waiting for it")
    connection.execute(f"set local lock_timeout = '{_LOCK_SECONDS}s'")  # type: ignore[arg-type]
    connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))


def _remember(connection: Connection, path: str, sha256: str) -> None:
    connection.execute(
        "insert into basepool.schema_files (path, sha256) values (%s, %s)"
        " on conflict (path) do update set sha256 = excluded.sha256, applied_at = now()",
        (path, sha256),
    )


def _ensure_cron(connection: Connection) -> bool:
    """Whether jobs can be scheduled in this database; creates the extension where that is possible."""
    row = connection.execute("select exists (select from pg_extension where extname = 'pg_cron')").fetchone()
    if row and row[0]:
        return True
    row = connection.execute(
        "select exists (select from pg_available_extensions where name = 'pg_cron')"
        " and current_database() = current_setting('cron.database_name', true)"
    ).fetchone()
    if not row or not row[0]:
        return False
    try:
        connection.execute("create extension if not exists pg_cron")
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def _count_jobs(connection: Connection) -> int:
    row = connection.execute("select count(*) from cron.job where jobname like 'basepool-%'").fetchone()
    return int(row[0]) if row else 0


def _without_cron(connection: Connection) -> str:
    row = connection.execute("select current_setting('cron.database_name', true), current_database()").fetchone()
    home, here = row or (None, None)
    if home and home != here:
        remedy = f"pg_cron of this server works in the database {home} only"
    elif home:
        remedy = "as a superuser (on Supabase: Database, Extensions), run create extension pg_cron, then this again"
    else:
        remedy = "pg_cron is not loaded; add it to shared_preload_libraries, or call /api/cron/cleanup every 10 minutes"
    return f"nothing is scheduled: {remedy}"


def _plan(connection: Connection, files: _Files, ledger: _Ledger, echo: Echo) -> Report:
    report = Report([migration.path.name for migration in _pending(files, ledger)])
    for name in report.migrations:
        echo(_line("would apply migration", name))
    if ledger.files.get("functions") != files.functions_sha256:
        report.functions = len(files.functions)
        echo(_line("would apply functions", f"{report.functions} files"))
    if report.functions or ledger.files.get("jobs.sql") != _hash(files.jobs):
        echo(_line("would schedule jobs", "where pg_cron is"))
    if report.is_empty:
        echo("nothing to do: the database is up to date")
    return report


def _dump(files: _Files, ledger: _Ledger, echo: Echo) -> Report:
    report = Report([migration.path.name for migration in _pending(files, ledger)])
    parts = ["-- basepool: the pending work of make migrate, as one script"]
    parts.append(_transaction(_BOOTSTRAP))
    for migration in _pending(files, ledger):
        parts.append(
            f"-- {migration.path.name}\n"
            + _transaction(
                f"{migration.text}\n"
                "insert into basepool.schema_migrations (number, name, sha256)\n"
                f"values ({migration.number}, '{migration.path.name}', '{migration.sha256}');"
            )
        )
    if ledger.files.get("functions") != files.functions_sha256:
        report.functions = len(files.functions)
        body = "set local check_function_bodies = off;\n" + "\n".join(files.functions.values())
        parts.append("-- functions\n" + _transaction(f"{body}\n{_remember_text('functions', files.functions_sha256)}"))
    if report.functions or ledger.files.get("jobs.sql") != _hash(files.jobs):
        # where there is no pg_cron it stays unknown to the ledger, as with migrate itself
        remember = _remember_text(
            "jobs.sql", _hash(files.jobs), "where exists (select from pg_extension where extname = 'pg_cron')"
        )
        parts.append(f"-- jobs\n{_transaction(f'{files.jobs}{remember}')}")
    if report.is_empty:
        parts = ["-- nothing to do: the database is up to date"]
    echo("\n".join(parts))
    return report


def _transaction(body: str) -> str:
    return f"begin;\nselect pg_advisory_xact_lock({_LOCK});\n{body.strip()}\ncommit;\n"


def _remember_text(path: str, sha256: str, condition: str = "") -> str:
    return (
        f"\ninsert into basepool.schema_files (path, sha256)\nselect '{path}', '{sha256}' {condition}\n"
        "on conflict (path) do update set sha256 = excluded.sha256, applied_at = now();"
    )


def _line(what: str, name: str, began: float | None = None) -> str:
    took = f"{(time.monotonic() - began) * 1000:6.0f} ms" if began is not None else ""
    return f"{what:<10}  {name:<42}{took}".rstrip()


def _failure(name: str, text: str, error: psycopg.Error) -> Exception:
    """Names the file, and the line as far as Postgres says where."""
    if isinstance(error, pg.InsufficientPrivilege | pg.InvalidPassword):
        return from_database(error)
    where = name
    position = error.diag.statement_position
    if text and position:
        where += f", line {text.count(chr(10), 0, int(position)) + 1}"
    return MigrationFailed(f"{where}: {error.diag.message_primary or error}", error.diag.message_hint)


def _sql(text: str) -> Any:
    """SQL of our own files, executed as it is."""
    return text.encode()
