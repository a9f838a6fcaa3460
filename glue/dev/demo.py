"""`make demo`: generations from submit to result on one machine, with everything real but Replicate itself.

It ends with exit 0 only if what it promises was seen. DEMO_GENERATIONS (20) says how many generations.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import httpx
import psycopg
from psycopg.types.json import Jsonb
from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from basepool.errors import BasepoolError, ConfigError, LimitReached, from_database
from basepool.simulator.config import SimulatorConfig
from dev.stack import GALLERY_PORT, Stack, call, die_with_make, running_stack, stop_on_signals

_TOKENS = 5
_ACTIVE_PER_USER = 5
_MODEL = "black-forest-labs/flux-schnell"
_USERS = UUID("5a1b0c4e-0000-4000-8000-000000000000")
_STUCK_PROMPT = "a clock without hands [sim:stuck_starting] [sim:ignore_deadline]"
_STUCK_AFTER = "3 seconds"
_RUN_SECONDS = (1.0, 2.5)
_LIMIT_SECONDS = 600.0

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Check:
    """Something the demo promises, and whether it was seen."""

    promise: str
    seen: bool
    evidence: str


class Reporter:
    """Shows progress: a bar in a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._began = time.monotonic()
        self._last = 0.0
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("generations done", total=total, note="")

    def say(self, text: str) -> None:
        """One step, with the seconds since the start."""
        self._console.print(f"[dim]{time.monotonic() - self._began:5.1f} s[/dim]  {text}")

    def start(self) -> None:
        """Show the bar."""
        self._progress.start()

    def stop(self) -> None:
        """Take the bar away."""
        self._progress.stop()

    def update(self, done: int, submitted: int, status: dict[str, Any]) -> None:
        """How far it is."""
        generations = status["generations"]
        note = f"submitted {submitted}, waiting {generations['pending']}, at Replicate {generations['processing']}"
        self._progress.update(self._task, completed=done, note=note)
        if not self._console.is_terminal and time.monotonic() - self._last > 2:
            self._last = time.monotonic()
            self.say(f"done {done} of {self._total}: {note}")


def main() -> int:
    """Run the demo. Returns the exit status."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 110)
    try:
        count = _count()
        die_with_make()
        stop_on_signals()
        return _run(console, count)
    except KeyboardInterrupt:
        console.print("stopped; nothing is left running")
        return 130
    except psycopg.Error as error:
        return _fail(from_database(error))
    except BasepoolError as error:
        return _fail(error)


def _fail(error: BasepoolError) -> int:
    print(f"error {error.code}: {error.message}\n  hint: {error.hint}", file=sys.stderr)
    return 2


def _count() -> int:
    text = os.environ.get("DEMO_GENERATIONS", "20")
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise ConfigError(f"DEMO_GENERATIONS is {text!r}", "Set it to a number from 1 to 10000.")
    return int(text)


def _run(console: Console, count: int) -> int:
    users = max(4, min(8, count // _ACTIVE_PER_USER))
    reporter = Reporter(console, count)
    with (
        running_stack(
            SimulatorConfig(account_count=_TOKENS, run_seconds=_RUN_SECONDS),
            say=reporter.say,
            # as many as can be active at all: no token is ever full, so the round is not disturbed
            max_in_flight=users * _ACTIVE_PER_USER + 1,
        ) as stack,
        psycopg.connect(stack.owner_url, autocommit=True) as connection,
    ):
        # on a busy machine, too, every lease is sent, so that leases and creates can be compared
        call(connection, "basepool.configure", Jsonb({"send_within": "1 minute", "user_submits_per_minute": 1000}))
        name, secret = stack.operator
        reporter.say(f"the operator's page, while this runs: {stack.page_url} (log in: {name} {secret})")
        reporter.say(f"submitting {count} generations of {users} users, and one that will get stuck")
        stuck = _submit(connection, users, _STUCK_PROMPT)
        reporter.start()
        try:
            submitted = _run_generations(stack, connection, reporter, count, users)
        finally:
            reporter.stop()
        reporter.say(
            "all done but the stuck one: Replicate is asked, then pg_cron's cleanup ends it (at a full minute)"
        )
        cleanup = _wait_for_cleanup(stack, connection)
        _wait_for_cancel(stack)
        reporter.say("the cleanup has run")
        kept = _look_at_outputs(stack, connection, reporter)
        details = {id: call(connection, "basepool.get_generation", id) for id in [*submitted, stuck]}
        # the tokens' counters follow with it, which else may be some minutes away
        call(connection, "basepool.run_job", "rollup", "cli")
        tokens = call(connection, "basepool.get_status")["tokens"]
        statistics = stack.simulator.stats()
        checks = [*_checks(count, stuck, details, tokens, statistics, cleanup), *kept]
    console.print(_token_table(tokens, details, statistics))
    console.print(_check_table(checks))
    console.print(f"To try it in a page: make up, then open http://127.0.0.1:{GALLERY_PORT}/")
    return 0 if all(check.seen for check in checks) else 1


def _submit(connection: Connection, user: int, prompt: str) -> UUID:
    """Submit as the app would. Raises LimitReached."""
    try:
        row = connection.execute(
            "select public.submit_generation(p_replicate_model => %s, p_input => %s, p_user_id => %s)",
            (_MODEL, Jsonb({"prompt": prompt}), uuid5(_USERS, str(user))),
        ).fetchone()
    except psycopg.Error as error:
        raise from_database(error) from None
    assert row is not None
    return UUID(str(row[0]))


def _run_generations(stack: Stack, connection: Connection, reporter: Reporter, count: int, users: int) -> list[UUID]:
    """Submit for all users, as fast as their limits let them, until all are done."""
    submitted: list[UUID] = []
    deadline = time.monotonic() + _LIMIT_SECONDS
    while True:
        stack.check()
        for user in range(users):
            while len(submitted) < count:
                try:
                    submitted.append(_submit(connection, user, f"a lighthouse, number {len(submitted) + 1}"))
                except LimitReached:
                    break
                if len(submitted) % users == 0:
                    break
        status = call(connection, "basepool.get_status")
        active = status["generations"]["pending"] + status["generations"]["processing"] - 1
        reporter.update(len(submitted) - active, len(submitted), status)
        if len(submitted) == count and active <= 0:
            return submitted
        if time.monotonic() > deadline:
            raise ConfigError(f"{active} generations were not done within {_LIMIT_SECONDS:.0f} seconds")
        time.sleep(0.1)


def _wait_for_cleanup(stack: Stack, connection: Connection) -> dict[str, Any]:
    """Let the stuck one count as stuck soon, have pg_cron clean up every minute, and wait until it has."""
    call(connection, "basepool.configure", Jsonb({"stuck_after": _STUCK_AFTER}))
    # the first run has the worker ask Replicate about it; only then the next one ends it
    call(connection, "basepool.run_job", "cleanup", "cli")
    connection.execute("select cron.schedule('basepool-cleanup', '* * * * *', $$select basepool.run_job('cleanup')$$)")
    deadline = time.monotonic() + _LIMIT_SECONDS
    while time.monotonic() < deadline:
        stack.check()
        row = connection.execute(
            "select ok, result from basepool.job_runs where job = 'cleanup' and trigger = 'cron' and result is not null"
            " and (result ->> 'failed_generations')::integer > 0"
        ).fetchone()
        if row:
            return {"ok": row[0], "result": row[1]}
        time.sleep(0.5)
    return {"ok": False, "result": None}


def _wait_for_cancel(stack: Stack) -> None:
    """The worker cancels the stuck prediction at Replicate; give it a moment."""
    deadline = time.monotonic() + 60
    while stack.simulator.stats(predictions=False)["totals"]["cancels"] == 0 and time.monotonic() < deadline:
        time.sleep(0.2)


def _look_at_outputs(stack: Stack, connection: Connection, reporter: Reporter) -> list[Check]:
    """Compare every file in the store with what Replicate serves, have Replicate delete its own, and open every link."""
    deadline = time.monotonic() + _LIMIT_SECONDS
    while True:
        stack.check()
        outputs = call(connection, "basepool.get_status")["outputs"]
        if not outputs["waiting"] + outputs["storing"] or time.monotonic() > deadline:
            break
        time.sleep(0.1)
    reporter.say("the outputs are kept; Replicate deletes its own")
    files = connection.execute(
        "select source_url, key, sha256 from basepool.output_files order by generation_id, nth"
    ).fetchall()
    equal = sum(_hash_of(source) == sha256 == _hash_in(stack, key) for source, key, sha256 in files)
    stack.simulator.delete_files()
    made = connection.execute("select unnest(output_urls), unnest(output_thumbs) from generations").fetchall()
    links = [link for pair in made for link in pair if link]
    opened = sum(_hash_of(link) is not None for link in links)
    gone = sum(_hash_of(source) is None for source, _, _ in files)
    return [
        Check(
            "outputs kept",
            equal == len(files) == len(made) > 0,
            f"{equal} of {len(made)} in the store, hashes equal, {sum(1 for _, thumb in made if thumb)} thumbnails",
        ),
        Check(
            "what Replicate deletes is still there",
            opened == len(links) > 0 and gone == len(files),
            f"{gone} files are gone there, {opened} of {len(links)} links work",
        ),
    ]


def _hash_of(link: str) -> str | None:
    answer = httpx.get(link, trust_env=False, timeout=60)
    return hashlib.sha256(answer.content).hexdigest() if answer.status_code == 200 else None


def _hash_in(stack: Stack, key: str | None) -> str | None:
    path = stack.outputs / (key or "")
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _checks(
    count: int,
    stuck: UUID,
    details: dict[UUID, dict[str, Any]],
    tokens: list[dict[str, Any]],
    statistics: dict[str, Any],
    cleanup: dict[str, Any],
) -> list[Check]:
    ended = [detail["status"] for id, detail in details.items() if id != stuck]
    completed = ended.count("completed")
    leases = [token["request_count"] for token in tokens]
    totals = statistics["totals"]
    twice = statistics["charged_more_than_once"]
    webhooks = statistics["webhooks"]
    fate = details[stuck]
    return [
        Check(
            "every generation came to its end",
            completed == count and all(detail["completed_at"] for detail in details.values()),
            f"{completed} of {count} completed, 1 stuck one {fate['status']}",
        ),
        Check(
            "the tokens took turns, counts within one",
            max(leases) - min(leases) <= 1 and sum(leases) == totals["creates"],
            f"leases {' '.join(map(str, leases))}, {totals['creates']} creates seen by Replicate",
        ),
        Check(
            "results came by signed webhooks",
            webhooks.get("delivered", 0) >= completed,
            ", ".join(f"{value} {name}" for name, value in webhooks.items() if value),
        ),
        Check(
            "the stuck one was failed by pg_cron's job",
            bool(cleanup["ok"]) and fate["status"] == "failed" and fate["error_message"] == "Превышено время ожидания",
            f"{fate['error_message']!r}, cancelled at Replicate: {totals['cancels']}",
        ),
        Check(
            "nothing was charged twice",
            not twice and totals["charged"] <= totals["creates"] == count + 1,
            f"{totals['charged']} of {totals['creates']} predictions charged, {len(twice)} inputs more than once",
        ),
    ]


def _token_table(
    tokens: list[dict[str, Any]], details: dict[UUID, dict[str, Any]], statistics: dict[str, Any]
) -> Table:
    accounts = {account["username"]: account for account in statistics["accounts"]}
    attempts = [attempt for detail in details.values() for attempt in detail["attempts"]]
    table = Table(title="The round", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("token", "account", "leases", "succeeded", "creates", "charged", "seconds"):
        table.add_column(name, justify="left" if name in ("token", "account") else "right")
    for token in tokens:
        account = accounts[token["account"]]
        succeeded = sum(a["token_id"] == token["token_id"] and a["state"] == "succeeded" for a in attempts)
        table.add_row(
            f"{token['token_id']}  {token['masked']}",
            token["account"],
            str(token["request_count"]),
            str(succeeded),
            str(account["creates"]),
            str(account["charged"]),
            f"{account['charged_seconds']:.1f}",
        )
    return table


def _check_table(checks: list[Check]) -> Table:
    table = Table(title="What was promised", title_justify="left", box=box.SIMPLE_HEAD, show_header=False)
    for check in checks:
        table.add_row("[green]yes[/green]" if check.seen else "[bold red]NO[/bold red]", check.promise, check.evidence)
    return table


if __name__ == "__main__":
    sys.exit(main())
