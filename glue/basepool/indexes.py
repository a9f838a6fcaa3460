"""Indexes on tables that are in use: made concurrently, each by itself, outside transactions.

What is there already is recognised by what it does, not by its name: an index of the app that does the same is as good as
ours, and one of ours that was left half-done is made anew.
"""

from __future__ import annotations

import re
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
select p.phase, p.current_locker_pid, a.usename, a.application_name, to_char(a.xact_start, 'HH24:MI:SS')
from pg_stat_progress_create_index as p left join pg_stat_activity as a on a.pid = p.current_locker_pid
where p.pid = %s
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
        _wait(
            pool.submit(connection.execute, index.statement.encode()), connection.info.backend_pid, watcher, index, echo
        )
    return None


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


def _wait(building: Future[Any], pid: int, watcher: Connection, index: Index, echo: Echo) -> None:
    """Until it is built. What it waits for is said: that holds up nobody but us."""
    said = set[int]()
    while wait([building], _LOOK_SECONDS).not_done:
        row = watcher.execute(_PROGRESS, (pid,)).fetchone()
        if row and row[1] and row[1] not in said:
            said.add(row[1])
            echo(
                f"{index.full_name} waits for the transaction of pid {row[1]} ({row[3] or row[2] or 'unknown'}),"
                f" open since {row[4] or 'an unknown time'}: nobody else waits"
            )
    building.result()
