"""What an operator's look and the regular roll-up cost when there is much history."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg

from bench import history, product
from bench.harness import Bench, Chart, Contestant, Failed, Measured, Question, value

_DATABASE = "status"
_LOOKS = 3


def _stages(bench: Bench) -> Iterator[list[Contestant]]:
    product.create(bench, _DATABASE)
    finished = 0
    for depth in bench.sizes.attempts:
        history.lay_down(bench, _DATABASE, finished + 1, depth)
        finished = depth

        def measure_status(depth: int = depth) -> Measured:
            with bench.connect(_DATABASE) as connection:
                value(connection, "select basepool.get_status()")
                began = time.perf_counter()
                for _ in range(_LOOKS):
                    value(connection, "select basepool.get_status()")
                return {("status", str(depth)): (time.perf_counter() - began) / _LOOKS * 1000}

        def measure_roll_up(depth: int = depth) -> Measured:
            with bench.connect(_DATABASE) as connection, connection.transaction(force_rollback=True):
                return {
                    ("rollup", f"{depth:,} attempts, the first run"): _roll_up(connection),
                    ("rollup", f"{depth:,} attempts, again"): _roll_up(connection),
                }

        yield [Contestant("get_status", measure_status), Contestant("roll-up", measure_roll_up)]
    bench.drop(_DATABASE)


def _roll_up(connection: psycopg.Connection[Any]) -> float:
    began = time.perf_counter()
    done = value(connection, "select basepool.run_job('rollup', 'bench')")
    if not done["ok"]:
        raise Failed(done["error"])
    return time.perf_counter() - began


QUESTION = Question(
    title="Status and roll-up as history grows",
    asks="How long do get_status and the job rollup take? The roll-up runs every five minutes: the first run has all of it"
    " before it (the last two days have up to a million attempts), the second nothing that is new.",
    charts=(
        Chart("status", "get_status", "ms", "lower", axis="attempts"),
        Chart("rollup", "The job rollup", "s", "lower"),
    ),
    stages=_stages,
)
