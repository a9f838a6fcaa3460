"""Applies `db/` to a database: migrations once each, function files that changed, jobs where pg_cron is.

The ledger is ours alone (Supabase's CLI trips over rows of others in its own). Every step is one transaction that begins
with an advisory lock and reads the ledger after it, so two at once wait for each other, also behind a pooler.
"""

from __future__ import annotations

import hashlib
import random
import re
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import errors as pg
from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb

from basepool import indexes, preflight
from basepool.errors import (
    BasepoolError,
    DatabaseNewer,
    MigrationEdited,
    MigrationFailed,
    MissingPrivilege,
    SetupError,
    from_database,
)
from basepool.version import DB_DIR

Echo = Callable[[str], None]
Connection = psycopg.Connection[tuple[Any, ...]]
T = TypeVar("T")

_LOCK = 7_239_541_180_021  # any number nobody else uses
_OTHER_MIGRATE_SECONDS = 60.0
_PAUSE_SECONDS = (0.05, 0.25)
"""Between two tries to get what somebody holds: at least, at most."""
_HARMLESS_SECONDS = 10
"""How long a lock is waited for behind which nobody waits who reads or writes. An autovacuum makes way for whoever has waited
for longer than deadlock_timeout, a second as a rule."""
_FEW = 3
_JOBS = "jobs.sql"
_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
_LOCKS = re.compile(r"-- Locks: (.+)\n")
_OUTSIDE = re.compile(r"-- Outside transactions: ")
_IS_PARSED = re.compile(r"^begin atomic$", re.M)
_CALLED = re.compile(r"\b(?:basepool|public)\.(\w+)\(")

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
'Each file of db/functions, and db/jobs.sql, with its hash as it was applied: make migrate applies again what has changed.';
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

    @property
    def locks(self) -> str:
        """The tables of the app that it locks, as its first line says."""
        match = _LOCKS.match(self.text)
        return match[1] if match else ""

    @property
    def is_outside(self) -> bool:
        """Whether its statements are no part of a transaction, as its first line says."""
        return bool(_OUTSIDE.match(self.text))


@dataclass
class Report:
    """What was done, or with dry_run what would be."""

    migrations: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    """The function files that were applied."""
    moved: list[str] = field(default_factory=list)
    """Those that only have another name now."""
    gone: list[str] = field(default_factory=list)
    """Those that are no longer there. Their functions are."""
    jobs: int | None = None
    """How many jobs are scheduled; None where pg_cron is missing."""


@dataclass(frozen=True)
class _Files:
    migrations: list[Migration]
    functions: dict[str, str]
    jobs: str


@dataclass(frozen=True)
class _Ledger:
    migrations: dict[int, tuple[str, str]]
    files: dict[str, str]


@dataclass(frozen=True)
class _Pending:
    """What the ledger lacks."""

    migrations: list[Migration]
    functions: dict[str, str]
    moved: dict[str, str]
    gone: list[str]
    left: list[str]
    """Paths the ledger is to forget: gone, or moved away."""
    jobs: bool

    @property
    def has_functions(self) -> bool:
        """Whether the ledger of function files is not up to date."""
        return bool(self.functions or self.moved or self.left)

    @property
    def hashes(self) -> dict[str, str]:
        """What the ledger is to hold of function files."""
        return {path: _hash(text) for path, text in self.functions.items()} | self.moved


class _Occupied(Exception):
    """Another migrate is running."""


class _Busy(Exception):
    """Somebody holds what a file needs, so it may be tried again; `failure` is for whoever tried in vain."""

    def __init__(self, name: str, failure: BasepoolError, *, is_table: bool) -> None:
        super().__init__(failure.message)
        self.name, self.failure, self.is_table = name, failure, is_table


def migrate(
    url: str,
    *,
    dry_run: bool = False,
    db_dir: Path | None = None,
    lock_seconds: float = 0.1,
    patience_seconds: float = 60,
    application_name: str | None = None,
    echo: Echo = print,
) -> Report:
    """Bring the database at `url` (empty: libpq's PG* variables) up to this checkout and say what was done.

    `dry_run` only says what would be done; paste.py says it as SQL.
    `lock_seconds`: how long a table that is in use is waited for at a time, because everybody else waits behind us;
    `patience_seconds`: for how long that is tried again. `application_name`: who it is.
    Raises MigrationEdited, DatabaseNewer, PreflightFailed, MigrationFailed, DatabaseUnreachable, DatabaseRefused,
    MissingPrivilege.
    """
    files = _read_files(db_dir or DB_DIR)
    try:
        connect = partial(_connect, url, application_name)
        with connect() as connection:
            pending = _look(connection, files)
            report = _plan(connection, pending, echo) if dry_run else None
            has_sessions = not pending.migrations or _has_sessions(connection, connect)
            migrations = {each.path.name: each.text for each in pending.migrations}
            preflight.require(connection, migrations, pending.functions, echo, has_sessions=has_sessions)
            if report:
                return report
            say = _without_repeats(echo)
            connection.add_notice_handler(lambda said: say(_warning(said)))
            return _Run(connection, connect, files, lock_seconds, patience_seconds, say, has_sessions).run()
    except psycopg.Error as error:
        raise from_database(error) from None


def _connect(url: str, application_name: str | None) -> Connection:
    connection = psycopg.connect(
        url,
        autocommit=True,
        prepare_threshold=None,
        connect_timeout=10,
        row_factory=tuple_row,
        application_name=application_name,
    )
    # whatever the role's default is: the ledger is read after the lock, as it is then
    connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
    return connection


def _has_sessions(connection: Connection, connect: Callable[[], Connection]) -> bool:
    """Whether what is set for the session holds for the next statement. A pooler in transaction mode gives a client any
    server's connection for each transaction, also one that another client has just used."""
    if _pid(connection) == connection.info.backend_pid:
        return True
    for _ in range(_FEW):
        mine = _pid(connection)
        with connect() as other, other.transaction():
            if _pid(other) == mine or _pid(connection) != mine:
                return False
    return True


def _pid(connection: Connection) -> int:
    row = connection.execute("select pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0


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
    paths = sorted((db_dir / "functions").glob("*/*.sql"))
    functions = {path.relative_to(db_dir).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    return _Files(list(migrations.values()), _in_order(functions), (db_dir / _JOBS).read_text(encoding="utf-8"))


def _in_order(functions: dict[str, str]) -> dict[str, str]:
    """A body that is parsed when it is made needs those it calls to be there; for all others any order will do."""
    paths = {path.rsplit("/", 1)[-1].removesuffix(".sql"): path for path in functions}
    ordered: dict[str, str] = {}
    begun: set[str] = set()

    def add(path: str) -> None:
        if path in begun:
            return
        begun.add(path)
        if _IS_PARSED.search(functions[path]):
            for name in _CALLED.findall(functions[path]):
                if name in paths:
                    add(paths[name])
        ordered[path] = functions[path]

    for path in functions:
        add(path)
    return ordered


def _has_ledger(connection: Connection) -> bool:
    # to_regclass would fail where the schema is somebody else's
    row = connection.execute(
        "select count(*) from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
        " where n.nspname = 'basepool' and c.relname in ('schema_migrations', 'schema_files')"
    ).fetchone()
    return row == (2,)


def _read_ledger(connection: Connection) -> _Ledger:
    if not _has_ledger(connection):
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


def _compare(files: _Files, ledger: _Ledger) -> _Pending:
    """What of `files` has to be done. A function file that has another name now is known by its hash."""
    hashes = {path: _hash(text) for path, text in files.functions.items()}
    left = {path: sha256 for path, sha256 in ledger.files.items() if path not in hashes and path != _JOBS}
    moved = {path: sha256 for path, sha256 in hashes.items() if path not in ledger.files and sha256 in left.values()}
    return _Pending(
        [migration for migration in files.migrations if migration.number not in ledger.migrations],
        {
            path: text
            for path, text in files.functions.items()
            if hashes[path] != ledger.files.get(path) and path not in moved
        },
        moved,
        [path for path, sha256 in left.items() if sha256 not in moved.values()],
        list(left),
        ledger.files.get(_JOBS) != _hash(files.jobs),
    )


def _look(connection: Connection, files: _Files) -> _Pending:
    ledger = _read_ledger(connection)
    _check(files, ledger)
    return _compare(files, ledger)


class _Run:
    """One migrate over one connection. Each step looks again at what is pending: another migrate may have been faster while we
    waited for the lock."""

    def __init__(
        self,
        connection: Connection,
        connect: Callable[[], Connection],
        files: _Files,
        lock_seconds: float,
        patience_seconds: float,
        echo: Echo,
        has_sessions: bool,
    ) -> None:
        self._connection = connection
        self._connect = connect
        self._files = files
        self._lock_seconds = lock_seconds
        self._patience_seconds = patience_seconds
        self._echo = echo
        self._has_sessions = has_sessions
        self._report = Report()
        self._did_nothing = True

    def run(self) -> Report:
        """Do all of it."""
        if not _has_ledger(self._connection):
            self._in_transaction(self._create_ledger)
        for migration in self._files.migrations:
            self._migrate(migration)
        self._replace_functions()
        self._schedule(self._in_transaction(self._ensure_cron))
        self._warn()
        if self._did_nothing:
            self._echo("nothing to do: the database is up to date")
        else:
            self._in_transaction(self._leave_trace)
        return self._report

    def _leave_trace(self) -> None:
        """Of who it was: what was applied is in the ledger."""
        done = {"migrations": len(self._report.migrations), "functions": len(self._report.functions)}
        self._connection.execute("select basepool._audit('migrate', null, %s)", (Jsonb(done),))

    def _migrate(self, migration: Migration) -> None:
        began = time.monotonic()
        if migration.is_outside:
            is_new = self._apply_outside(migration)
        else:
            is_new = self._in_transaction(partial(self._apply_migration, migration))
        if is_new:
            self._report.migrations.append(migration.path.name)
            self._say("migration", migration.path.name, _locks(migration), began=began)

    def _replace_functions(self) -> None:
        began = time.monotonic()
        pending = self._in_transaction(self._apply_functions)
        if pending.has_functions:
            _note_functions(self._report, pending)
            self._did_nothing = False
            for line in _describe_functions(pending, "", began):
                self._echo(line)

    def _schedule(self, has_cron: bool) -> None:
        began = time.monotonic()
        is_new = self._in_transaction(partial(self._apply_jobs, has_cron))
        if not has_cron:
            self._echo(_without_cron(self._connection))
            return
        self._report.jobs = _count_jobs(self._connection)
        if is_new:
            self._say("jobs", f"{self._report.jobs} scheduled", began=began)

    def _warn(self) -> None:
        """Of what makes the database unsafe, whether it changed now or not."""
        for (warning,) in self._connection.execute(
            "select f.says from basepool._list_findings(basepool.now()) as f where f.name = 'hook'"
        ):
            self._echo(f"warning: {warning}")

    def _say(self, what: str, name: str, more: str = "", *, began: float) -> None:
        self._did_nothing = False
        self._echo(_line(what, name, more, began))

    def _create_ledger(self) -> None:
        _execute(self._connection, "the ledger", _BOOTSTRAP)

    def _apply_migration(self, migration: Migration) -> bool:
        if migration not in _look(self._connection, self._files).migrations:
            return False
        self._take(migration)
        _execute(self._connection, migration.path.name, migration.text)
        self._record(migration)
        return True

    def _take(self, migration: Migration) -> None:
        """Its locks on tables of the app, before anything else: who holds one is waited for with empty hands. The first is
        waited for, the others are there at once or not at all, and nobody is held up by us twice. Before that nobody may be at
        them who only vacuums: that holds up no one, and waiting for it doesn't, either."""
        tables = [table for table in migration.locks.split(", ") if table]
        there = [table for table in tables if self._is_there(table)]
        self._wait_at_most(_HARMLESS_SECONDS)
        for table in there:
            _execute(self._connection, table, f"lock table only {table} in share update exclusive mode")
        self._wait_at_most(self._lock_seconds)
        for number, table in enumerate(there):
            nowait = "nowait" if number else ""
            _execute(self._connection, table, f"lock table only {table} in access exclusive mode {nowait}")

    def _wait_at_most(self, seconds: float) -> None:
        """For any lock, in this transaction."""
        self._connection.execute("select set_config('lock_timeout', %s, true)", (f"{seconds}s",))

    def _is_there(self, table: str) -> bool:
        return self._connection.execute("select to_regclass(%s)", (table,)).fetchone() != (None,)

    def _record(self, migration: Migration) -> None:
        self._connection.execute(
            "insert into basepool.schema_migrations (number, name, sha256) values (%s, %s, %s)",
            (migration.number, migration.path.name, migration.sha256),
        )

    def _apply_outside(self, migration: Migration) -> bool:
        """Its indexes, one by one. No other migrate is at it meanwhile: what is half-done is nobody's then."""
        if migration not in _look(self._connection, self._files).migrations:
            return False
        with self._connect() as guard, self._connect() as watcher:
            self._wait_for_others(partial(_begin_alone, guard))
            if migration not in _look(self._connection, self._files).migrations:
                return False
            with self._without_timeouts():
                for statement in indexes.statements(migration.text):
                    self._build(migration, statement, watcher)
            self._record(migration)
        return True

    @contextmanager
    def _without_timeouts(self) -> Iterator[None]:
        """For what is in no transaction: it takes as long as a table is large, and waits for old transactions without holding
        up anybody. Behind a pooler that knows no sessions it would be somebody else's that loses its timeouts."""
        if not self._has_sessions:
            yield
            return
        names = [name for (name,) in self._connection.execute(_TIMEOUTS).fetchall()]
        self._connection.execute("; ".join(f"set {name} = 0" for name in names).encode())
        try:
            yield
        finally:
            if not self._connection.closed:
                self._connection.execute("; ".join(f"reset {name}" for name in names).encode())

    def _build(self, migration: Migration, statement: str, watcher: Connection) -> None:
        index = indexes.parse(statement)
        if not index:
            raise MigrationFailed(f"{migration.path.name} has a statement that makes no index concurrently")
        began = time.monotonic()
        try:
            there = indexes.build(self._connection, watcher, index, self._echo)
        except indexes.NameTaken:
            raise MigrationFailed(
                f"{migration.path.name}: there is an index {index.full_name} that does something else",
                f"Rename it: alter index {index.full_name} rename to something_else. What came before is applied.",
            ) from None
        except psycopg.Error as error:
            if self._connection.closed:
                raise
            failure = _failure(f"{migration.path.name}: {index.name}", "", error)
            if isinstance(error, pg.QueryCanceled):
                failure.hint = (
                    "A pooler in transaction mode forgets that there is no statement_timeout: connect directly, or in session"
                    " mode, and run this again. What came before is applied."
                )
            raise failure from None
        if there:
            self._say("index", index.name, f"{there} does the same", began=began)
        elif time.monotonic() - began > 1:
            self._say("index", index.name, began=began)

    def _apply_functions(self) -> _Pending:
        pending = _look(self._connection, self._files)
        # a function may use another that comes later in the alphabet
        self._connection.execute("set local check_function_bodies = off")
        for path, text in pending.functions.items():
            _execute(self._connection, path, text)
        self._connection.execute("delete from basepool.schema_files where path = any(%s)", (pending.left,))
        for path, sha256 in pending.hashes.items():
            _remember(self._connection, path, sha256)
        return pending

    def _ensure_cron(self) -> bool:
        """Whether jobs can be scheduled in this database; creates the extension where that is possible."""
        if _has_cron(self._connection):
            return True
        if not _can_create_cron(self._connection):
            return False
        try:
            with self._connection.transaction():
                _execute(self._connection, "pg_cron", "create extension if not exists pg_cron")
        except MissingPrivilege:
            return False
        return True

    def _apply_jobs(self, has_cron: bool) -> bool:
        if has_cron and not _look(self._connection, self._files).jobs and _count_jobs(self._connection):
            return False
        _execute(self._connection, _JOBS, self._files.jobs)
        if has_cron:
            # elsewhere it stays unknown, for the day on which pg_cron is there
            _remember(self._connection, _JOBS, _hash(self._files.jobs))
        return True

    def _in_transaction(self, work: Callable[[], T]) -> T:
        """Run `work` in one transaction under the advisory lock. What somebody holds is waited for in short tries, often and at
        no regular times, so that a live database never queues behind us for long."""
        deadline = time.monotonic() + self._patience_seconds
        while True:
            try:
                return self._wait_for_others(partial(self._try, work))
            except _Busy as busy:
                holder = _holder(self._connection, busy.name) if busy.is_table else None
                if time.monotonic() > deadline:
                    failure = busy.failure
                    if holder:
                        failure.message += f": {holder} holds it"
                    raise failure from None
                self._echo(f"{busy.name} waits for {holder or 'what somebody else changes'}")
            time.sleep(random.uniform(*_PAUSE_SECONDS))

    def _wait_for_others(self, work: Callable[[], T]) -> T:
        """What `work` returns, when no other migrate is running."""
        deadline = time.monotonic() + _OTHER_MIGRATE_SECONDS
        while True:
            try:
                return work()
            except _Occupied:
                if time.monotonic() > deadline:
                    raise MigrationFailed(
                        f"another migrate has been running for {_OTHER_MIGRATE_SECONDS:g} seconds",
                        "Try again when it has ended.",
                    ) from None
                self._echo("another migrate is running, waiting for it")
            time.sleep(random.uniform(*_PAUSE_SECONDS))

    def _try(self, work: Callable[[], T]) -> T:
        with self._connection.transaction():
            self._connection.execute("set local client_min_messages = warning")
            if not _has_lock(self._connection):
                raise _Occupied
            # what validates a large table takes its time, and holds up nobody
            _take_all_time(self._connection)
            self._wait_at_most(self._lock_seconds)
            return work()


# transaction_timeout is there from PostgreSQL 17 on
_TIMEOUTS = (
    "select s.name from pg_settings as s where s.name in ('statement_timeout', 'transaction_timeout', 'lock_timeout')"
)

_HOLDER = """
select
  l.pid, x.gid, a.usename, nullif(a.application_name, ''), a.state, to_char(coalesce(a.xact_start, x.prepared), 'HH24:MI:SS OF')
, case when a.usename is not null then a.query end
from pg_locks as l
left join pg_stat_activity as a on a.pid = l.pid
left join pg_locks as t on l.pid is null and t.pid is null and t.virtualtransaction = l.virtualtransaction
  and t.locktype = 'transactionid'
left join pg_prepared_xacts as x on x.transaction = t.transactionid
where l.granted and l.pid is distinct from pg_backend_pid() and (l.pid is null) = (a.pid is null) and l.relation in (
  select to_regclass(t.name) from unnest(%s::text[]) as t (name)
) and l.database = (select d.oid from pg_database as d where d.datname = current_database())
order by coalesce(a.xact_start, x.prepared) nulls last
limit 1
"""


def _holder(connection: Connection, name: str) -> str | None:
    """Who has held the table `name`, or any of the app's, for longest."""
    tables = [name] if name.startswith("public.") else ["public.generations", "public.replicate_tokens"]
    row = connection.execute(_HOLDER, (tables,)).fetchone()
    if not row:
        return None
    pid, prepared, role, application, state, since, query = row
    since = f"its transaction open since {since or 'a time that is not ours to know'}"
    if prepared is not None:
        return f"the prepared transaction {prepared} ({since})"
    if role is None:
        return f"pid {pid} (autovacuum, {since})"
    who = ", ".join(part for part in (role, application, state) if part)
    words = _first_words(query or "")
    return f"pid {pid} ({who}, {since}{f', last: {words}' if words else ''})"


def _first_words(query: str) -> str:
    """What a statement does and to what, without a value of it."""
    bare = re.sub(r"^(?:\s*(?:--[^\n]*\n|/\*.*?\*/))*\s*", "", query, flags=re.S)
    found = re.match(r"(?:[a-z_][\w.]*\b\s*){1,3}", bare, re.I)
    return " ".join(found[0].split()) if found else ""


def _execute(connection: Connection, name: str, text: str) -> None:
    """Run one of our files. Raises _Busy where another try may succeed, else what it means for the caller."""
    try:
        connection.execute(text.encode())
    except psycopg.Error as error:
        if connection.closed:
            raise
        failure = _failure(name, text, error)
        # XX000 is "tuple concurrently updated": somebody changes the same function or grant
        if isinstance(error, pg.LockNotAvailable | pg.DeadlockDetected | pg.InternalError_):
            raise _Busy(name, failure, is_table=not isinstance(error, pg.InternalError_)) from None
        raise failure from None


def _begin_alone(connection: Connection) -> None:
    """Begin a transaction that is the only migrate. Raises _Occupied."""
    # it keeps no snapshot: an index that is being made would wait for that, and we for the index
    connection.execute("begin isolation level read committed")
    if not _has_lock(connection):
        connection.execute("rollback")
        raise _Occupied
    _take_all_time(connection)


def _take_all_time(connection: Connection) -> None:
    """Nothing that a role or a database has been given ends this transaction before it is done."""
    connection.execute(
        "select set_config(s.name, '0', true) from pg_settings as s where s.name in"
        " ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')"
    )


def _has_lock(connection: Connection) -> bool:
    """Whether this transaction is the only migrate. Nobody waits for it in the database: an index that is being made would wait
    for who does."""
    return connection.execute(f"select pg_try_advisory_xact_lock({_LOCK})".encode()).fetchone() == (True,)


def _remember(connection: Connection, path: str, sha256: str) -> None:
    connection.execute(
        "insert into basepool.schema_files (path, sha256) values (%s, %s)"
        " on conflict (path) do update set sha256 = excluded.sha256, applied_at = now()",
        (path, sha256),
    )


def _has_cron(connection: Connection) -> bool:
    row = connection.execute("select exists (select from pg_extension where extname = 'pg_cron')").fetchone()
    return bool(row and row[0])


def _can_create_cron(connection: Connection) -> bool:
    home, here = _cron_home(connection)
    available = connection.execute("select from pg_available_extensions where name = 'pg_cron'").fetchone()
    return available is not None and home == here


def _cron_home(connection: Connection) -> tuple[str | None, str]:
    """The database in which pg_cron works, and this one. current_setting would fail for a role that may not read it."""
    row = connection.execute(
        "select (select s.setting from pg_settings as s where s.name = 'cron.database_name'), current_database()"
    ).fetchone()
    home, here = row or (None, "")
    return home, here


def _can_schedule(connection: Connection) -> bool:
    return _has_cron(connection) or _can_create_cron(connection)


def _count_jobs(connection: Connection) -> int:
    row = connection.execute(
        "select count(*) from basepool.jobs as j where basepool._owns_cron_job(j.name, j.cron_job_id)"
    ).fetchone()
    return int(row[0]) if row else 0


def _without_cron(connection: Connection) -> str:
    home, here = _cron_home(connection)
    if home and home != here:
        remedy = f"pg_cron of this server works in the database {home} only"
    elif home:
        remedy = "as a superuser (on Supabase: Database, Extensions), run create extension pg_cron, then this again"
    else:
        remedy = (
            "pg_cron is not loaded; add it to shared_preload_libraries, or have another scheduler call /api/cron/{job}"
        )
    return f"nothing is scheduled: {remedy}"


def _plan(connection: Connection, pending: _Pending, echo: Echo) -> Report:
    lines = [_line("would apply migration", migration.path.name, _locks(migration)) for migration in pending.migrations]
    lines += _describe_functions(pending, "would apply ")
    if pending.jobs and _can_schedule(connection):
        lines.append(_line("would schedule jobs", "those of jobs.sql"))
    for line in lines or ["nothing to do: the database is up to date"]:
        echo(line)
    return _report_pending(pending)


def _report_pending(pending: _Pending) -> Report:
    report = Report([migration.path.name for migration in pending.migrations])
    _note_functions(report, pending)
    return report


def _note_functions(report: Report, pending: _Pending) -> None:
    report.functions, report.moved, report.gone = list(pending.functions), list(pending.moved), pending.gone


def _warning(said: psycopg.errors.Diagnostic) -> str:
    return f"warning: {said.message_primary}" + (f"\n  hint: {said.message_hint}" if said.message_hint else "")


def _describe_functions(pending: _Pending, prefix: str, began: float | None = None) -> list[str]:
    lines = []
    if pending.functions:
        lines.append(_line(f"{prefix}functions", _few(pending.functions), began=began))
    if pending.moved:
        lines.append(_line("moved", _few(pending.moved), "not applied again"))
    if pending.gone:
        lines.append(_line("gone", _few(pending.gone), "what it defined stays until a migration drops it"))
    return lines


def _few(paths: Collection[str]) -> str:
    names = [path.removeprefix("functions/") for path in paths]
    return ", ".join(names) if len(names) <= _FEW else f"{len(names)} files"


def _locks(migration: Migration) -> str:
    return f"locks {migration.locks}" if migration.locks else ""


def _line(what: str, name: str, more: str = "", began: float | None = None) -> str:
    took = f"{(time.monotonic() - began) * 1000:6.0f} ms" if began is not None else ""
    return "  ".join(part for part in (f"{what:<10}", f"{name:<40}", took, more) if part).rstrip()


def _failure(name: str, text: str, error: psycopg.Error) -> BasepoolError:
    """Names the file, and the line as far as Postgres says where."""
    if isinstance(error, pg.InsufficientPrivilege):
        return from_database(error)
    where = name
    position = error.diag.statement_position
    if text and position:
        where += f", line {text.count(chr(10), 0, int(position)) + 1}"
    hint = error.diag.message_hint
    if isinstance(error, pg.LockNotAvailable):
        hint = "Nothing of this file was applied. Have that session end its transaction, and try again."
    return MigrationFailed(f"{where}: {error.diag.message_primary or error}", hint)
