"""What it costs that users are told: messages, WAL and time of a life."""

from __future__ import annotations

import time
from collections.abc import Iterator

import uvloop

from bench import product
from bench.harness import Bench, Chart, Contestant, Measured, Question, value
from bench.questions.life import SEATS, WARM_UP, Way, live
from dev.devserver import PROJECT

_DATABASE = "realtime"
_WAYS = {"one by one, 8 clients": Way(8, 1), "batches of 50, 8 clients": Way(8, 50)}
_TOLD = ("not told", "by notifications", "by Realtime")
# as Supabase has it: a row for each message, the day's partition is like a table
_REALTIME = (PROJECT / "db" / "tests" / "realtime.psql").read_bytes()
_WAL = "select pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), '0/0')::bigint"


def _stages(bench: Bench) -> Iterator[list[Contestant]]:
    def contestant(told: str) -> Contestant:
        def measure() -> Measured:
            measured: Measured = {}
            for name, way in _WAYS.items():
                measured |= _measure(bench, told, name, way)
            return measured

        return Contestant(told, measure)

    yield [contestant(told) for told in _TOLD]


def _measure(bench: Bench, told: str, name: str, way: Way) -> Measured:
    product.create(bench, _DATABASE, seats=SEATS)
    has_messages = told == "by Realtime"
    with bench.connect(_DATABASE) as connection:
        if told != "not told":
            connection.execute("select basepool.configure('{\"realtime\": true}')")
        if has_messages:
            connection.execute(_REALTIME)
        uvloop.run(live(bench.url(_DATABASE), way, WARM_UP))
        if has_messages:
            connection.execute("truncate realtime.messages")
        before = int(value(connection, _WAL))
        began = time.perf_counter()
        lives = uvloop.run(live(bench.url(_DATABASE), way, bench.sizes.lives))
        seconds = time.perf_counter() - began
        measured: Measured = {
            ("rate", name): lives / seconds,
            ("wal", name): (int(value(connection, _WAL)) - before) / lives,
        }
        if has_messages:
            measured["messages", name] = int(value(connection, "select count(*) from realtime.messages")) / lives
    product.expect(bench, _DATABASE, "completed", WARM_UP + bench.sizes.lives)
    bench.drop(_DATABASE)
    return measured


QUESTION = Question(
    title="What it costs that users are told",
    asks="Lives as above, of ten thousand users, while the setting realtime is off, while users are told by notifications (no"
    " Realtime), and by Supabase's Realtime, whose function and table are stood in for: one message per user and transaction,"
    " when a generation came in, runs and is over.",
    charts=(
        Chart("rate", "Lives a second", "per s", "higher"),
        Chart("wal", "WAL a life", "bytes", "lower"),
        Chart("messages", "Messages a life", "messages", "lower"),
    ),
    stages=_stages,
)
