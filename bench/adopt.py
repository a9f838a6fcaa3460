"""`make bench-adopt`: what a live app notices of a migration, on its own database, with all its rows and indexes.

ROWS (2,000,000) generations; the app runs 80 statements a second, and somebody leaves a transaction open: a writer for
20 seconds, a reader for 40. The longest time that a statement took is what the app notices, and WAL of one life of a generation
is what it pays for its indexes and ours.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import psycopg

from basepool.cli.show import console, table
from basepool.migrate import migrate
from dev import devserver
from dev.devserver import DevServer
from tests.migration.conftest import as_superuser, copy_platform, create_platform

_CLIENTS = 8
_EACH_SECONDS = 0.1
_LIVES = 300
_STATEMENTS = (
    "select id, status, output_urls from public.generations where user_id = %(user)s order by created_at desc limit 20",
    "select count(*) from public.generations where user_id = %(user)s and status in ('pending', 'processing')",
    "update public.generations set viewed = true where id = %(id)s",
    "select id, token from public.replicate_tokens where is_active order by request_count limit 1",
)
_HOLD = {
    "nobody": (None, 0.0),
    "an idle writer": (
        "update public.generations set viewed = viewed where id in (select id from few)",
        20.0,
    ),
    "an idle reader": ("select count(*) from few", 40.0),
}
_FEW = "with few as (select id from public.generations offset 1000 limit 10) "


@dataclass
class _App:
    """What it sends, and how long that took."""

    url: str
    seconds: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    stops: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """As long as the context lasts."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            rows = connection.execute("select id, user_id from public.generations limit 500").fetchall()
        with ThreadPoolExecutor(_CLIENTS) as pool:
            for number in range(_CLIENTS):
                pool.submit(self._work, rows[number::_CLIENTS])
            try:
                yield
            finally:
                self.stops.set()

    def _work(self, rows: list[tuple[object, ...]]) -> None:
        with psycopg.connect(self.url, autocommit=True, application_name="app") as connection:
            number = 0
            while not self.stops.wait(_EACH_SECONDS):
                number += 1
                id, user = rows[number % len(rows)]
                began = time.monotonic()
                try:
                    connection.execute(_STATEMENTS[number % len(_STATEMENTS)], {"id": id, "user": user})
                except psycopg.Error as error:
                    self.failed.append(str(error))
                self.seconds.append(time.monotonic() - began)


def _wal_per_life(url: str) -> float:
    """Bytes of WAL of a generation that the app itself takes from pending to completed."""
    with psycopg.connect(as_superuser(url), autocommit=True) as connection:
        connection.execute("checkpoint")
        connection.execute("set synchronous_commit = off")
        [[user]] = connection.execute("select user_id from public.generations limit 1").fetchall()
        [[before]] = connection.execute("select pg_current_wal_insert_lsn()").fetchall()
        for number in range(_LIVES):
            [[id]] = connection.execute(
                "insert into public.generations (user_id, action, model_id, model_name, replicate_model, status)"
                " values (%s, 'create', 'm', 'M', 'acme/painter', 'pending') returning id",
                [user],
            ).fetchall()
            connection.execute(
                "update public.generations set status = 'processing', replicate_prediction_id = %s where id = %s",
                [f"life-{before}-{number}", id],
            )
            connection.execute(
                "update public.generations set status = 'completed', output_urls = array['https://x'] where id = %s",
                [id],
            )
        [[spent]] = connection.execute("select pg_current_wal_insert_lsn() - %s::pg_lsn", [before]).fetchall()
        return float(spent) / _LIVES


def _measure(url: str, holder: str) -> tuple[list[str], list[str]]:
    """Migrate beside `holder`. Returns the row of the table, and what migrate said."""
    app, said = _App(url), list[str]()
    statement, seconds = _HOLD[holder]
    with app.working(), contextlib.ExitStack() as stack:
        time.sleep(2)
        if statement:
            idle = stack.enter_context(psycopg.connect(url))
            idle.execute((_FEW + statement).encode())
            threading.Timer(seconds, idle.rollback).start()
        began = time.monotonic()
        migrate(url, application_name="migrate", echo=said.append)
        took = time.monotonic() - began
    slow = sum(each > 0.25 for each in app.seconds)
    row = [holder, f"{seconds:g}", f"{took:.1f}", str(len(app.seconds)), f"{max(app.seconds) * 1000:.0f}", str(slow)]
    return [*row, str(len(app.failed))], said


def _run(server: DevServer, rows: int) -> None:
    out = console()
    began = time.monotonic()
    create_platform(server, "platform_of_bench", rows)
    out.print(f"{rows:,} generations made in {time.monotonic() - began:.0f} s")
    numbers = ("held for s", "migrate took s", "statements", "longest ms", "over 250 ms", "failed")
    shown, wal, lines = table("beside", *numbers, right=numbers), list[str](), list[str]()
    for holder in _HOLD:
        url = copy_platform(server, "adopted_by_bench", "platform_of_bench")
        before = "" if wal else f"{_wal_per_life(url) / 1000:.1f}"
        row, said = _measure(url, holder)
        shown.add_row(*row)
        if not wal:
            wal = [before, f"{_wal_per_life(url) / 1000:.1f}"]
            lines = [line for line in said if " ms" in line]
        server.drop_database("adopted_by_bench")
    out.print(shown)
    out.print("\nsteps, beside nobody:")
    for line in lines:
        out.print(f"  {line}")
    out.print(f"\nWAL of a life that the app runs: {wal[0]} kB before, {wal[1]} kB after")


def main() -> int:
    """Measure all, and show it."""
    # how many whole pages are written depends on when the last checkpoint was, not on the indexes
    with devserver.start(durable=True, settings={"full_page_writes": "off"}) as server:
        migrate(server.url(), echo=lambda *_: None)
        _run(server, int(os.environ.get("ROWS", "2000000")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
