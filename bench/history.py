"""Millions of finished generations, without the hours that running them would take.

A few are run through the product, and what they have left in its tables is copied with other ids and earlier times. So history
looks as the product itself writes it, whatever its tables are like.
"""

from __future__ import annotations

from typing import Any, LiteralString

import psycopg
import uvloop
from psycopg import sql

from bench import product
from bench.harness import Bench
from bench.product import Client

# 0.18 seconds between two of them: the last two days, which the roll-up covers, have about a million
_SPACING = "n * interval '180 milliseconds'"
_GENERATION = "md5('generation ' || n)::uuid"
# an attempt's id begins with its seat
_ATTEMPT = "(left(p.{}::text, 8) || right(md5('attempt ' || n), 24))::uuid"
_PREDICTION = "'p' || n"
# what identifies a row, by table and column; all other columns are as in the pattern, and times move back
_IDENTITY: dict[str, dict[str, LiteralString]] = {
    "public.generations": {
        "id": _GENERATION,
        "user_id": "md5('user ' || n %% 10000)::uuid",
        "replicate_prediction_id": _PREDICTION,
    },
    "basepool.attempts": {"id": _ATTEMPT, "generation_id": _GENERATION, "prediction_id": _PREDICTION},
    "basepool.webhook_events": {"webhook_id": "'msg_' || n", "attempt_id": _ATTEMPT, "prediction_id": _PREDICTION},
}
_PATTERNS = 50
_STEP = 500_000


def lay_down(bench: Bench, database: str, first: int, last: int) -> None:
    """Let the generations number `first` to `last` have been finished. The first ones also run the pattern of all."""
    with bench.connect(database) as connection:
        if first == 1:
            product.wait(connection, _PATTERNS)
            uvloop.run(_run_patterns(bench.url(database)))
        # the triggers would queue and settle each row; these have been through all that
        connection.execute("set session_replication_role = replica")
        connection.execute("set synchronous_commit = off")
        for table, identity in _IDENTITY.items():
            statement = _copy_statement(connection, table, identity)
            for start in range(first, last + 1, _STEP):
                end = min(last, start + _STEP - 1)
                connection.execute(statement, {"first": start, "last": end, "patterns": _PATTERNS})
            bench.say(f"{database}: {last:,} rows of history in {table}")
    bench.settle(database)


async def _run_patterns(url: str) -> None:
    async with await Client.connect(url) as client:
        left = _PATTERNS
        while left:
            leases = await client.claim(left)
            await client.record(leases)
            await client.apply(leases, "succeeded", by_webhook=True)
            left -= len(leases)


def _copy_statement(
    connection: psycopg.Connection[Any], table: str, identity: dict[str, LiteralString]
) -> sql.Composed:
    columns = connection.execute(
        "select a.attname, t.typname from pg_catalog.pg_attribute as a"
        " inner join pg_catalog.pg_type as t on t.oid = a.atttypid"
        " where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''"
        " and a.attidentity = ''",
        [table],
    ).fetchall()
    values: list[sql.Composable] = []
    for name, kind in columns:
        if name in identity:
            values.append(sql.SQL(identity[name]).format(sql.Identifier(name)))
        elif kind == "timestamptz":
            values.append(sql.SQL("p.{} - " + _SPACING).format(sql.Identifier(name)))
        else:
            values.append(sql.SQL("p.{}").format(sql.Identifier(name)))
    # a generation's rows come from the same pattern in every table: all are numbered in the order of its prediction's id
    prediction = "replicate_prediction_id" if "replicate_prediction_id" in identity else "prediction_id"
    return sql.SQL(
        "insert into {table} ({columns}) select {values} from generate_series(%(first)s::integer, %(last)s::integer) as s (n)"
        " inner join (select t.*, row_number() over (order by t.{prediction}) - 1 as pattern from {table} as t"
        " where t.{prediction} like 'p%%' and length(t.{prediction}) = 26) as p on p.pattern = n %% %(patterns)s"
    ).format(
        table=sql.Identifier(*table.split(".")),
        columns=sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns),
        values=sql.SQL(", ").join(values),
        prediction=sql.Identifier(prediction),
    )
