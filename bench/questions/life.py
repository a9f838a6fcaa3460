"""What a whole life costs the database: time, WAL, transactions, row versions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import psycopg
import uvloop

from bench import product
from bench.harness import Bench, Chart, Contestant, Measured, Question, value
from bench.product import Client

_DATABASE = "life"
SEATS = 200
"""Of each token, so that none is ever full."""

WARM_UP = 500
"""Lives before those that are measured."""

_PAUSE_SECONDS = 0.002
_COUNTERS = """
select
  pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::bigint,
  (select d.xact_commit from pg_catalog.pg_stat_database as d where d.datname = current_database()),
  sum(t.n_tup_ins)::bigint, sum(t.n_tup_upd)::bigint, sum(t.n_tup_hot_upd)::bigint, sum(t.n_tup_del)::bigint,
  sum(t.n_tup_upd) filter (where t.relid = 'public.generations'::regclass)::bigint,
  sum(t.n_tup_hot_upd) filter (where t.relid = 'public.generations'::regclass)::bigint
from pg_catalog.pg_stat_user_tables as t
"""
_OTHERS = """
select count(*) from pg_catalog.pg_stat_activity as a
where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_type = 'client backend'
"""
_CHARTS = ("wal", "commits", "inserts", "updates", "hot", "deletes", "wide", "wide_hot")


@dataclass(frozen=True)
class Way:
    """How many lives at once."""

    clients: int
    batch: int
    start: bool = True
    """WEBHOOK_START."""


_WAYS = {
    "one by one, 8 clients": Way(8, 1),
    "one by one, 8 clients, no start webhook": Way(8, 1, start=False),
    "one by one, 32 clients": Way(32, 1),
    "batches of 50, 1 client": Way(1, 50),
    "batches of 50, 8 clients": Way(8, 50),
    "batches of 50, 8 clients, no start webhook": Way(8, 50, start=False),
}


def _stages(bench: Bench) -> Iterator[list[Contestant]]:
    def contestant(name: str, way: Way) -> Contestant:
        def measure() -> Measured:
            product.create(bench, _DATABASE, seats=SEATS)
            # what comes after is not the first touch of a page since a checkpoint, which would log the whole page
            uvloop.run(live(bench.url(_DATABASE), way, WARM_UP))
            with bench.connect(_DATABASE) as connection:
                before = _count(connection)
                began = time.perf_counter()
                lives = uvloop.run(live(bench.url(_DATABASE), way, bench.sizes.lives))
                seconds = time.perf_counter() - began
                after = _count(connection)
            product.expect(bench, _DATABASE, "completed", WARM_UP + bench.sizes.lives)
            bench.drop(_DATABASE)
            costs = {
                (chart, "a life"): (new - old) / lives for chart, old, new in zip(_CHARTS, before, after, strict=True)
            }
            return {("rate", "lives"): lives / seconds, **_summed(costs)}

        return Contestant(name, measure)

    yield [contestant(name, way) for name, way in _WAYS.items()]


def _summed(costs: Measured) -> Measured:
    """Counters as they are shown: one chart for what is written."""
    shown = {"inserts": "inserts", "updates": "updates", "hot": "of them HOT", "deletes": "deletes"}
    shown |= {"wide": "updates of generations", "wide_hot": "of these HOT"}
    return {
        ("wal", "WAL"): costs["wal", "a life"],
        ("commits", "commits"): costs["commits", "a life"],
        **{("rows", case): costs[chart, "a life"] for chart, case in shown.items()},
    }


def _count(connection: psycopg.Connection[Any]) -> list[int]:
    connection.execute("select pg_catalog.pg_stat_force_next_flush()")
    # the sessions that have ended report on their way out
    deadline = time.monotonic() + 5
    while value(connection, _OTHERS) and time.monotonic() < deadline:
        time.sleep(0.02)
    row = connection.execute(_COUNTERS).fetchone()
    assert row
    return [int(number) for number in row]


async def live(url: str, way: Way, lives: int) -> int:
    """Whole lives: submitted, claimed, accepted, announced as started and as done by webhook. Returns how many."""
    left = lives
    done = 0

    async def work(client: Client) -> None:
        nonlocal left, done
        while left > 0:
            count = min(way.batch, left)
            left -= count
            await client.submit(count)
            while count > 0:
                if not (leases := await client.claim(count)):
                    # what was submitted is there, but others have it locked at this moment
                    await asyncio.sleep(_PAUSE_SECONDS)
                    continue
                count -= len(leases)
                await client.record(leases)
                if way.start:
                    await client.apply(leases, "processing", by_webhook=True)
                await client.apply(leases, "succeeded", by_webhook=True)
                done += len(leases)

    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(await Client.connect(url)) for _ in range(way.clients)]
        await asyncio.gather(*(work(client) for client in clients))
    return done


QUESTION = Question(
    title="A whole life in the database",
    asks="Submit, claim, record the answer, apply the start webhook, apply the end webhook: how many a second, and what does"
    " each write? The start webhook can be left out (WEBHOOK_START). Full pages, which are logged once after each checkpoint,"
    " are left out by a warm-up.",
    charts=(
        Chart("rate", "Lives a second", "per s", "higher"),
        Chart("wal", "WAL a life", "bytes", "lower"),
        Chart("commits", "Transactions a life", "transactions", "lower"),
        Chart("rows", "Row versions a life, all tables", "rows", "lower"),
    ),
    stages=_stages,
)
