"""Indexes on tables that are in use: made concurrently, each by itself, outside transactions.

What is there already is recognised by what it does, not by its name: an index of the app that does the same is as good as
ours, and one of ours that was left half-done is made anew.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]
Echo = Callable[[str], None]

_TOKEN = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|;", re.S)
_CREATE = re.compile(
    r"create\s+(?P<unique>unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?(?P<name>[\w.]+)\s+on\s+(?P<table>[\w.]+)"
    r"\s*(?P<rest>.*)",
    re.S | re.I,
)
_LOOK_SECONDS = 0.2
_SAY_SECONDS = 10

# what an index does, without what it and its table are called
_DOES = """
regexp_replace(
  replace(pg_get_indexdef(i.indexrelid), format('INDEX %%I ON', c.relname), 'INDEX ON'), ' ON (ONLY )?\\S+ USING ', ' USING '
)"""
_OTHERS = f"""
select c.relname, i.indisvalid, {_DOES} = %(does)s
from pg_index as i inner join pg_class as c on c.oid = i.indexrelid
where i.indrelid = %(table)s::regclass
"""  # noqa: S608, nothing from outside
_TWIN = f"""
select {_DOES} from pg_index as i inner join pg_class as c on c.oid = i.indexrelid
where i.indexrelid = 'pg_temp.basepool_twin_idx'::regclass
"""  # noqa: S608, nothing from outside
_PROGRESS = """
select p.phase, 100 * p.blocks_done / nullif(p.blocks_total, 0), p.current_locker_pid, a.usename, a.application_name
, to_char(a.xact_start, 'HH24:MI:SS OF')
from pg_stat_progress_create_index as p left join pg_stat_activity as a on a.pid = p.current_locker_pid
where p.relid = to_regclass(%s)
"""
# an autovacuum, which is nobody's, makes way by itself
_AT_IT = """
select l.pid, a.usename, a.application_name from pg_locks as l inner join pg_stat_activity as a on a.pid = l.pid
where l.granted and l.mode = 'ShareUpdateExclusiveLock' and l.relation = to_regclass(%s) and a.usename is not null
and l.database = (select d.oid from pg_database as d where d.datname = current_database())
"""


@dataclass(frozen=True)
class Index:
    """One statement of a file of indexes."""

    name: str
    """Without a schema: it is made where its table is."""
    table: str
    unique: str
    rest: str

    @property
    def full_name(self) -> str:
        """With the schema of its table."""
        return f"{self.table.rpartition('.')[0] or 'public'}.{self.name}"

    @property
    def statement(self) -> str:
        """What makes it, whoever writes to the table meanwhile."""
        return f"create {self.unique}index concurrently if not exists {self.name} on {self.table} {self.rest}"

    @property
    def twin(self) -> str:
        """The same on an empty table like its own, where Postgres says it in its own words."""
        return f"create {self.unique}index basepool_twin_idx on pg_temp.basepool_twin {self.rest}"


class NameTaken(Exception):
    """An index of that name does something else."""


def statements(text: str) -> Iterator[str]:
    """Those of one of our files, without the comments around them."""
    begin = 0
    for token in _TOKEN.finditer(text):
        if token[0] == ";":
            yield _bare(text[begin : token.start()])
            begin = token.end()
    if _bare(text[begin:]):
        yield _bare(text[begin:])


def _bare(statement: str) -> str:
    return re.sub(r"^(?:\s*--[^\n]*(?:\n|$))*", "", statement).strip()


def parse(statement: str) -> Index | None:
    """The index that it makes concurrently, if it does."""
    found = _CREATE.match(statement)
    if not found:
        return None
    return Index(
        found["name"].rpartition(".")[2], found["table"], "unique " if found["unique"] else "", found["rest"].strip()
    )


def build(connection: Connection, watcher: Connection, index: Index, echo: Echo) -> str | None:
    """Make `index`, unless one that does the same is there: then return that one's name. Both connections autocommit; the
    second one looks what the first waits for. Raises NameTaken, psycopg.Error."""
    _let_finish(watcher, index, echo)
    others = _others(connection, index)
    if there := next((name for name, is_valid, is_same in others if is_valid and is_same), None):
        return there
    for name, is_valid, is_same in others:
        if name == index.name and not is_same:
            raise NameTaken
        if name == index.name and not is_valid:
            echo(f"{index.full_name} was left half-done: it is made anew")
            connection.execute(f"drop index concurrently if exists {index.full_name}".encode())
    with ThreadPoolExecutor(1) as pool:
        building: Future[Any] | None = None
        try:
            building = pool.submit(connection.execute, index.statement.encode())
            _wait(building, watcher, index, echo)
        except BaseException:
            # whoever interrupts it has not to wait for the end of it; a statement that has not begun yet does not hear of it
            while building and not building.done():
                connection.cancel()
                wait([building], _LOOK_SECONDS)
            raise
    return None


def _let_finish(watcher: Connection, index: Index, echo: Echo) -> None:
    """Who was killed may be at it in the database still. He would be in our way as we in his: one of both would be given up."""
    said = set[int]()
    while row := watcher.execute(_AT_IT, (index.table,)).fetchone():
        pid, role, application = row
        if pid not in said:
            said.add(pid)
            echo(f"{index.full_name} waits until pid {pid} ({application or role}) has done with {index.table}")
        time.sleep(_LOOK_SECONDS)


def _others(connection: Connection, index: Index) -> list[tuple[str, bool, bool]]:
    """The indexes of its table: name, whether it is valid, whether it does the same."""
    with connection.transaction(force_rollback=True):
        connection.execute("set local client_min_messages = warning")
        connection.execute(f"create temporary table basepool_twin (like {index.table})".encode())
        connection.execute(index.twin.encode())
        row = connection.execute(_TWIN.replace("%%", "%").encode()).fetchone()
        assert row
        found = connection.execute(_OTHERS, {"does": row[0], "table": index.table}).fetchall()
    return [(name, is_valid, is_same) for name, is_valid, is_same in found]


def _wait(building: Future[Any], watcher: Connection, index: Index, echo: Echo) -> None:
    """Until it is built. How far it is is said, and what it waits for: that holds up nobody but us."""
    said = set[int]()
    say_at = time.monotonic() + _SAY_SECONDS
    while wait([building], _LOOK_SECONDS).not_done:
        row = watcher.execute(_PROGRESS, (index.table,)).fetchone()
        if not row:
            continue
        phase, percent, locker, role, application, since = row
        if locker and locker not in said:
            said.add(locker)
            echo(
                f"{index.full_name} waits for the transaction of pid {locker} ({application or role or 'unknown'}),"
                f" open since {since or 'an unknown time'}: nobody else waits"
            )
        elif not locker and time.monotonic() > say_at:
            say_at = time.monotonic() + _SAY_SECONDS
            echo(f"{index.full_name}: {phase}" + (f", {percent} %" if percent is not None else ""))
    building.result()
