"""What the running app asks of its database (`cases/app_queries.json`), and what it is answered."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

_CASES = json.loads(Path(__file__).parents[1].joinpath("cases", "app_queries.json").read_text(encoding="utf-8"))
QUERIES: list[dict[str, Any]] = _CASES["queries"]
# the ids of rows that the platform's file makes, and of those that a query names
_KNOWN = re.compile(r"^\w{8}-0000-4000-8000-\w{12}$")
_ORDERED = re.compile(r"\border by\b(?!.*\))", re.S)

Answer = dict[str, Any]
"""What a statement is answered: columns, rows and their count, or the SQLSTATE of its error."""


def answers(url: str) -> dict[str, list[Answer]]:
    """By the name of each query, what each of its statements is answered in the database at `url`, its owner's. Nothing is
    changed. Ids and times that are new in each run are only said to be new."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        return {query["name"]: _ask(connection, query) for query in QUERIES}


def differences(before: dict[str, list[Answer]], after: dict[str, list[Answer]]) -> dict[str, tuple[Any, Any]]:
    """The queries that are answered differently, with both answers; columns that were not there before aside."""
    found = {}
    for name, first in before.items():
        second = [_without_new(one, other) for one, other in zip(first, after[name], strict=False)]
        if first != second:
            found[name] = (first, second)
    return found


def _ask(connection: psycopg.Connection, query: dict[str, Any]) -> list[Answer]:
    caller = _CASES["callers"][query["as"]]
    given: list[Answer] = []
    with connection.transaction(force_rollback=True):
        # as PostgREST does, for each request
        connection.execute(
            "select set_config('search_path', 'public, extensions', true), set_config('role', %s, true)"
            ", set_config('request.jwt.claims', %s, true)",
            [caller["role"] or "none", json.dumps(caller["claims"]) if caller["claims"] else ""],
        )
        began = connection.execute("select now()").fetchone()
        assert began
        for statement in query["sql"]:
            try:
                # a savepoint of its own, so that what follows the error is the rollback
                with connection.transaction():
                    cursor = connection.execute(statement.encode())
                    given.append(_describe(cursor, statement, began[0]))
            except psycopg.Error as error:
                given.append({"error": error.sqlstate})
                break
    return given


def _describe(cursor: psycopg.Cursor[Any], statement: str, began: datetime) -> Answer:
    columns = [column.name for column in cursor.description or []]
    rows = [[_lasting(value, began) for value in row] for row in cursor.fetchall()] if columns else []
    if not _ORDERED.search(statement):
        rows.sort(key=repr)
    return {"columns": columns, "rows": rows, "count": cursor.rowcount}


def _lasting(value: Any, began: datetime) -> Any:
    if isinstance(value, datetime) and value >= began:
        return "now"
    if isinstance(value, UUID) and not _KNOWN.match(str(value)):
        return "a new id"
    return value


def _without_new(before: Answer, after: Answer) -> Answer:
    if "columns" not in before or "columns" not in after:
        return after
    kept = [place for place, name in enumerate(after["columns"]) if name in before["columns"]]
    return {
        "columns": [after["columns"][place] for place in kept],
        "rows": [[row[place] for place in kept] for row in after["rows"]],
        "count": after["count"],
    }
