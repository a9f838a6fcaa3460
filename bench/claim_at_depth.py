"""What a claim costs at depth: `python -m bench.claim_at_depth --waiting 1000000 --finished 10000000`.

Fills a database of its own, then claims with little and with much in it. Pages (shared buffers touched) do not depend on the
machine; times do, so they are shown as the ratio to the claim in the small database of the same run.
"""

from __future__ import annotations

import json
import statistics
import time
from typing import Any, LiteralString

import click
import psycopg
from rich.console import Console
from rich.table import Table

from basepool.migrate import migrate
from dev import devserver

_TOKENS = 5
_CLAIMS = 30
_BATCH = 10

_FINISHED: LiteralString = """
insert into public.generations
(user_id, action, model_id, model_name, replicate_model, prompt, status, created_at, started_at, completed_at, replicate_input)
select
  ('00000000-0000-4000-8000-' || lpad((n %% 10000)::text, 12, '0'))::uuid, 'create', 'm', 'M', 'acme/painter', 'cat ' || n
  , 'completed', t.at, t.at, t.at, '{"prompt": "a cat"}'
from generate_series(%(from)s::integer, %(to)s::integer) as s (n)
cross join lateral (select now() - interval '1 day' - n * interval '1 second') as t (at)
"""
_ATTEMPTS: LiteralString = """
insert into basepool.attempts (
  generation_id, attempt_no, token_id, account_id, state, worker, model, queue_tag, queued_at, leased_at, answer_due_at
  , submitted_at, finished_at, prediction_id, prediction_status, predict_seconds
)
select g.id, 1, 1, 1, 'succeeded', 'bench', 'acme/painter', 0, g.created_at, g.created_at, g.created_at, g.created_at
  , g.created_at, g.id::text, 'succeeded', 1
from public.generations as g where g.status = 'completed' and g.replicate_prediction_id is null
"""
_WAITING: LiteralString = """
with new as (
  insert into public.generations
  (user_id, action, model_id, model_name, replicate_model, prompt, status, created_at, replicate_input)
  select
    ('00000000-0000-4000-8000-' || lpad((n %% 10000)::text, 12, '0'))::uuid, 'create', 'm', 'M', 'acme/painter', 'cat ' || n
    , 'pending', now(), '{"prompt": "a cat"}'
  from generate_series(%(from)s::integer, %(to)s::integer) as s (n)
  returning id, user_id
)
insert into basepool.queue (generation_id, user_id, priority, tag, queued_at)
select id, user_id, 0, 1000000 * (row_number() over (partition by user_id)), now() from new
"""


class Depth:
    """A database that is filled step by step."""

    def __init__(self, connection: psycopg.Connection[Any], console: Console) -> None:
        self._connection = connection
        self._console = console

    def fill(self, what: str, statement: LiteralString, start: int, count: int, step: int = 500_000) -> None:
        """Insert `count` rows, with progress."""
        began = time.monotonic()
        # the triggers would make each row a submit; these rows are history or queued by the statement itself
        self._connection.execute("set session_replication_role = replica")
        for first in range(start, start + count, step):
            last = min(first + step, start + count) - 1
            self._connection.execute(statement, {"from": first, "to": last})
            self._console.print(f"{time.monotonic() - began:7.1f} s  {what}: {last - start + 1:,} of {count:,}")
        self._connection.execute("set session_replication_role = origin")

    def measure(self) -> tuple[float, float, float]:
        """Pages touched per claim of ten (median, worst) and median milliseconds."""
        pages, times = [], []
        for _ in range(_CLAIMS):
            row = self._connection.execute(
                "explain (analyze, buffers, format json) select * from basepool.claim_generations('bench', %s)",
                [_BATCH],
            ).fetchone()
            plan = (row[0] if isinstance(row[0], list) else json.loads(row[0]))[0] if row else {}
            pages.append(plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"])
            times.append(plan["Execution Time"])
            # what was claimed is done at once, so that there are always free slots
            self._connection.execute(
                "select basepool.apply_prediction(a.id, jsonb_build_object('id', a.id::text, 'status', 'succeeded'), 'poll')"
                " from basepool.attempts as a where a.slot_no is not null"
            )
        return statistics.median(pages), max(pages), statistics.median(times)


@click.command()
@click.option("--waiting", default=1_000_000, show_default=True, help="Generations on the queue.")
@click.option("--finished", default=10_000_000, show_default=True, help="Finished generations, with an attempt each.")
def main(waiting: int, finished: int) -> None:
    """Measure a claim of ten at depth."""
    console = Console(highlight=False)
    table = Table("waiting", "finished", "pages a claim", "worst", "time, ratio", box=None)
    with devserver.start() as server:
        migrate(server.url(), echo=lambda *_: None)
        with psycopg.connect(server.url(), autocommit=True) as connection:
            for number in range(_TOKENS):
                connection.execute(
                    "select basepool.add_token(%s, %s, 'user', null, 100)",
                    (f"r8_token_number_{number}", f"sim-{number}"),
                )
            connection.execute("update basepool.accounts set creates_per_minute = 1000000")
            connection.execute('select basepool.configure(\'{"stuck_after": "10 days"}\')')
            depth = Depth(connection, console)
            depth.fill("waiting", _WAITING, 0, 1000)
            connection.execute("vacuum analyze")
            median, worst, small = depth.measure()
            table.add_row("1,000", "0", f"{median:,.0f}", f"{worst:,.0f}", "1.0")
            depth.fill("finished", _FINISHED, 0, finished)
            console.print("attempts of the finished ones")
            connection.execute("set session_replication_role = replica")
            connection.execute(_ATTEMPTS)
            connection.execute("set session_replication_role = origin")
            depth.fill("waiting", _WAITING, 1000, waiting)
            console.print("vacuum analyze")
            connection.execute("vacuum analyze")
            median, worst, milliseconds = depth.measure()
            table.add_row(
                f"{waiting:,}", f"{finished:,}", f"{median:,.0f}", f"{worst:,.0f}", f"{milliseconds / small:.1f}"
            )
    console.print(table)


if __name__ == "__main__":
    main()
