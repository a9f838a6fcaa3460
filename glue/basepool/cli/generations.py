"""`basepool submit`, `basepool status`, `basepool why`, `basepool cancel`, `basepool retry`."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from rich.console import Console

from basepool.cli.show import (
    DURATION,
    Table,
    as_json,
    console,
    duration,
    json_out,
    one_line,
    table,
    when,
    with_database,
)
from basepool.cli.workers import show_workers
from basepool.database import Database
from basepool.errors import UsageError
from basepool.model import WorkerState

_ENDS = {"completed", "failed", "cancelled"}
_MAX_POSITION = 10_000
_LONG_URL = 500
_FILE_STATES = {
    "waiting": "waits to be copied",
    "storing": "is being copied",
    "failed": "is not kept",
    "deleting": "is being deleted",
}
_TRIES = 20
"""Rounds of a cancel of many, for those that somebody held."""


@click.command(
    epilog="Example: basepool submit black-forest-labs/flux-schnell --user 5a1b0c4e-0000-4000-8000-000000000001"
    ' --input \'{"prompt": "a lighthouse"}\' --wait'
)
@click.argument("model")
@click.option("--user", required=True, type=click.UUID, help="Whose generation it is.")
@click.option("--input", "input_text", required=True, help="What the model gets: a JSON object, @FILE, or - for stdin.")
@click.option("--action", default="create", show_default=True, help="As generations.action allows.")
@click.option("--key", help="Idempotency key: the same key again gives the first one's generation.")
@click.option("--wait", is_flag=True, help="Say on stderr how it goes, wait for the end and show it.")
@as_json
def submit(
    model: str, user: UUID, input_text: str, action: str, key: str | None, wait: bool, is_json: bool
) -> int | None:
    """Queue a generation for a user and print its id.

    MODEL is owner/name, owner/name:<version>, <version> or deployments/owner/name. With --wait the id comes first, too, and
    the generation goes on if the wait is interrupted.
    """
    given = _read_input(input_text)
    submitted: list[UUID] = []

    async def work(database: Database) -> dict[str, Any] | None:
        id = await database.submit_for_user(
            user_id=user, replicate_model=model, input=given, action=action, idempotency_key=key
        )
        submitted.append(id)
        if is_json and wait:
            # stdout is one document
            click.echo(str(id), err=True)
        elif not is_json:
            click.echo(str(id))
        return await _follow(database, id) if wait else None

    try:
        detail = with_database(work)
    except KeyboardInterrupt:
        for id in submitted:
            click.echo(f"it goes on: see basepool status {id}, or end it with basepool cancel {id}", err=True)
        raise
    if detail is None:
        if is_json:
            json_out({"id": submitted[0]})
        return None
    json_out(detail) if is_json else _show_generation(detail)
    return 0 if detail["status"] == "completed" else 1


async def _follow(database: Database, id: UUID) -> dict[str, Any]:
    """Wait for the end of a generation, and say on stderr whatever changes until then."""
    began, said = time.monotonic(), ""
    while True:
        detail = await database.get_generation(id=id)
        if detail["status"] in _ENDS:
            return detail
        why = detail["why"] or {}
        now = f"{detail['status']}, waits for {why.get('waits_for')}: {why.get('reason')}"
        if now != said:
            click.echo(f"{time.monotonic() - began:5.0f} s  {one_line(now)}", err=True)
            said = now
        await asyncio.sleep(0.5)


@click.command(epilog="Example: basepool status 0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b")
@click.argument("id", required=False, type=click.UUID)
@click.option("--check", is_flag=True, help="Only say what is wrong, a line each; exit status 1 if anything is.")
@as_json
def status(id: UUID | None, check: bool, is_json: bool) -> int | None:
    """Show the whole pool, or, with ID, one generation: what it waits for and every attempt with its reason.

    --check is for cron and other watchers: it says nothing and exits with 0 where all is well, with 1 where something is wrong,
    and with 2 where that can't be found out.
    """
    if check:
        if id is not None:
            raise UsageError("--check looks at the whole", "Leave the id out.")
        return _check(with_database(lambda database: database.get_status()), is_json)
    if id is not None:
        detail = with_database(lambda database: database.get_generation(id=id))
        json_out(detail) if is_json else _show_generation(detail)
        return None
    overview = with_database(lambda database: database.get_status())
    json_out(overview) if is_json else _show_overview(overview)
    return None


def _check(overview: dict[str, Any], is_json: bool) -> int:
    found = list(overview["findings"] or [])
    if overview["unread"]:
        found.append({"name": "unread", "says": f"{', '.join(overview['unread'])} can't be read: a table is locked"})
    if is_json:
        json_out(found)
    for finding in () if is_json else found:
        click.echo(one_line(f"{finding['name']}: {finding['says']}"))
    # what the owner has yet to decide is said, and is no fault
    return 1 if any(finding["name"] != "user-rights" for finding in found) else 0


@click.command(epilog="Example: basepool why 0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b")
@click.argument("id", type=click.UUID)
@as_json
def why(id: UUID, is_json: bool) -> None:
    """Say why a generation is not running: what it waits for, its place, the earliest start, and how the last try went."""
    detail = with_database(lambda database: database.get_generation(id=id))
    if is_json:
        json_out(detail["why"])
        return
    facts = table("", "")
    facts.show_header = False
    facts.add_row("status", detail["status"])
    facts.add_row("since", when(detail["created_at"]))
    _add_why(facts, detail["why"])
    for reason in [*(detail["why"].get("pool") or "").split("; "), *(detail["why"].get("workers") or "").split("; ")]:
        if reason:
            facts.add_row("", reason)
    for attempt in detail["attempts"][-1:]:
        told = [f"try {attempt['attempt_no']} with token {attempt['token_id']}", attempt["state"]]
        told += [f"prediction {attempt['prediction_id']}"] if attempt["prediction_id"] else []
        told += [f"rule {attempt['rule']}"] if attempt["rule"] else []
        facts.add_row("last try", ", ".join(told) + (f": {attempt['error']}" if attempt["error"] else ""))
    console().print(facts)


@click.command(epilog="Example: basepool cancel --model acme/painter")
@click.argument("id", required=False, type=click.UUID)
@click.option("--user", type=click.UUID, help="All of this user's.")
@click.option("--model", help="All of this model (owner/name takes all its versions).")
@click.option("--all", "is_all", is_flag=True, help="All there are.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@as_json
def cancel(id: UUID | None, user: UUID | None, model: str | None, is_all: bool, yes: bool, is_json: bool) -> int:
    """Cancel a generation; what runs at Replicate is cancelled there too.

    With --user, --model (or both) or --all it is many: how many they are is shown first, and they are cancelled once you say
    yes, or with --yes. What comes in meanwhile stays, and so does what the app runs itself. Exit status 1 if there was none,
    or if some are left.
    """
    is_many = is_all or user is not None or model is not None
    if is_many == (id is not None):
        raise UsageError(
            "nothing says what to cancel" if id is None else "there is an id, and --user, --model or --all, too",
            "Name one generation by its id, or many with --user, --model or --all.",
        )
    if id is not None:
        outcome = with_database(lambda database: database.cancel_for_user(id=id))
        json_out({"id": id, "outcome": outcome}) if is_json else click.echo(outcome)
        return 0
    if is_all and (user is not None or model is not None):
        raise UsageError("--all, and yet only some", "Leave out --all, or --user and --model.")

    found = with_database(
        lambda database: database.cancel_generations(user=user, model=model, all=is_all, dry_run=True)
    )
    count = found["waiting"] + found["sent"]
    if not is_json:
        _show_cancellable(found)
    if count == 0:
        if is_json:
            json_out({"found": found, "done": None})
        return 1
    if not yes:
        if is_json or not sys.stdin.isatty():
            if is_json:
                json_out({"found": found, "done": None})
            raise UsageError("nothing was cancelled yet", "Say --yes to cancel them.")
        if not click.confirm(f"Cancel {count}?"):
            click.echo("nothing was cancelled", err=True)
            return 1
    done = with_database(lambda database: _cancel_many(database, user, model, is_all, found["cursor"]))
    left = done["busy"] + done["failed"]
    if is_json:
        json_out({"found": found, "done": done})
    else:
        click.echo(
            f"cancelled {done['cancelled']}, of them {done['sent']} at Replicate, too, as soon as a worker gets to it"
        )
        if done["failed"]:
            click.echo(f"{done['failed']} can't be ended: {one_line(done['error'])}", err=True)
        if done["busy"]:
            click.echo(f"{done['busy']} were held by somebody all the while: try again", err=True)
    return 1 if left else 0


async def _cancel_many(
    database: Database, user: UUID | None, model: str | None, is_all: bool, cursor: dict[str, Any]
) -> dict[str, Any]:
    """Step by step, each a transaction of its own; then again what somebody held at that moment."""
    done = {"cancelled": 0, "sent": 0}
    for _ in range(_TRIES):
        left: dict[str, Any] = {"busy": 0, "failed": 0, "error": None}
        at: dict[str, Any] | None = cursor
        while at is not None:
            step = await database.cancel_generations(user=user, model=model, all=is_all, dry_run=False, cursor=at)
            done = {name: count + step[name] for name, count in done.items()}
            left |= {name: left[name] + step[name] for name in ("busy", "failed")}
            left["error"] = left["error"] or step["error"]
            at = step["cursor"]
        if left["busy"] == 0:
            break
        await asyncio.sleep(0.2)
    return done | left


def _show_cancellable(found: dict[str, Any]) -> None:
    if found["waiting"] + found["sent"] == 0:
        click.echo("there is none to cancel")
        return
    listed = table("waiting", "sent", "users", "model", right=("waiting", "sent", "users"))
    for each in found["models"]:
        listed.add_row(str(each["waiting"]), str(each["sent"]), str(each["users"]), each["model"])
    out = console()
    out.print(listed)
    out.print(
        f"{found['waiting']} wait, {found['sent']} were sent to Replicate, where what has begun is paid for; of"
        f" {found['users']} users in all"
    )


@click.command(epilog="Example: basepool retry --error E003 --since 1h --dry-run")
@click.argument("ids", nargs=-1, type=click.UUID)
@click.option("--error", help="Those whose error contains this, or whose last error rule has this name.")
@click.option("--since", type=DURATION, help="Those that failed within this time: 30m, 1h, 2d.")
@click.option(
    "--max", "limit", default=1000, show_default=True, type=click.IntRange(1, 100_000), help="At most so many."
)
@click.option("--dry-run", is_flag=True, help="Only show what would be run again.")
@as_json
def retry(
    ids: tuple[UUID, ...], error: str | None, since: timedelta | None, limit: int, dry_run: bool, is_json: bool
) -> int:
    """Run failed generations again: those of IDS, or all that --error and --since match.

    What failed stays as it is, with its attempts and reasons. Each is run again once, as a new generation of its user that
    costs no credits and does not count against the user's limit at the door. Exit status 1 if none was found.
    """
    if not ids and error is None and since is None:
        raise UsageError("nothing says what to retry", "Name ids, or use --error and --since.")
    found = with_database(
        lambda database: database.retry_generations(
            ids=list(ids) or None, error=error, since=since, max=limit, dry_run=dry_run
        )
    )
    if is_json:
        json_out(found)
    elif found:
        listed = table("generation", "failed", "outcome", "run again as", "error")
        for each in found:
            listed.add_row(
                str(each.generation_id),
                when(each.failed_at),
                each.outcome,
                str(each.retried_as or "-"),
                (each.error or "-")[:80],
            )
        console().print(listed)
    else:
        click.echo("no failed generation matches", err=True)
    return 0 if found else 1


def _read_input(text: str) -> str:
    """JSON as it was given: reading and writing it changes its numbers."""
    source = text.removeprefix("@")
    try:
        if text == "-":
            text = sys.stdin.read()
        elif text.startswith("@"):
            text = Path(source).read_text(encoding="utf-8")
        text.encode()
    except (OSError, UnicodeError) as error:
        raise UsageError(
            f"--input: {source[:200]} can't be read: {getattr(error, 'strerror', None) or type(error).__name__}"
        ) from None
    try:
        # what is too long or too deep is for the database to refuse
        given = json.loads(text, parse_int=float)
    except RecursionError:
        return text
    except ValueError as error:
        raise UsageError(f"--input is not JSON: {error}", 'Pass an object such as {"prompt": "a cat"}.') from None
    if not isinstance(given, dict):
        raise UsageError(
            f"--input is a JSON {_json_name(given)}, not an object", 'Pass an object such as {"prompt": "a cat"}.'
        )
    return text


def _json_name(value: Any) -> str:
    names = {list: "array", str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}
    return names[type(value)]


def _show_generation(detail: dict[str, Any]) -> None:
    out = console()
    facts = table("", "")
    facts.show_header = False
    facts.add_row("generation", detail["id"])
    facts.add_row("status", detail["status"])
    facts.add_row("model", detail["model"])
    facts.add_row("user", detail["user_id"])
    facts.add_row("created", when(detail["created_at"]))
    if detail["status"] not in _ENDS:
        _add_why(facts, detail["why"])
    if detail["completed_at"]:
        facts.add_row("ended", when(detail["completed_at"]))
    if detail["error_message"]:
        facts.add_row("error", detail["error_message"])
    for url in filter(None, detail["output_urls"] or []):
        # a data: URL may be megabytes
        facts.add_row("output", url if len(url) <= _LONG_URL else f"{url[:_LONG_URL]}...")
    for file in detail.get("output_files") or []:
        if file["state"] != "stored":
            why = ": ".join(each for each in (file["error_code"], file["error"]) if each)
            facts.add_row(f"output {file['nth']}", f"{_FILE_STATES[file['state']]}{f', {why}' if why else ''}")
    if detail["output_text"]:
        facts.add_row("output", detail["output_text"])
    if detail["replaced"]:
        parts = "; ".join(f"{each['at'] or 'all of it'} was {each['was']}" for each in detail["replaced"]["values"])
        facts.add_row("replaced", f"{detail['replaced']['count']} that could not be stored: {parts}")
    out.print(facts)
    if not detail["attempts"]:
        return
    attempts = table(
        "try", "token", "state", "leased", "prediction", "rule", "what followed", "error", right=("try", "token")
    )
    for attempt in detail["attempts"]:
        attempts.add_row(
            str(attempt["attempt_no"]),
            str(attempt["token_id"]),
            attempt["state"],
            when(attempt["leased_at"]),
            attempt["prediction_id"] or "-",
            attempt["rule"] or "-",
            attempt["decision"] or "-",
            attempt["error"] or "-",
        )
    out.print(attempts)


def _add_why(facts: Table, why: dict[str, Any]) -> None:
    facts.add_row("waits for", f"{why['waits_for']}: {why['reason']}")
    if why.get("error"):
        facts.add_row("", why["error"])
    if why.get("tried_again_at"):
        facts.add_row("tried again", when(why["tried_again_at"]))
    if why.get("position"):
        facts.add_row("position", str(why["position"]) if why["position"] <= _MAX_POSITION else f"over {_MAX_POSITION}")
    if why.get("earliest_start"):
        facts.add_row("earliest start", when(why["earliest_start"]))


def _show_overview(overview: dict[str, Any]) -> None:
    out = console()
    facts = table("", "")
    facts.show_header = False
    for alert in overview["alerts"] or []:
        facts.add_row("ALARM", f"{alert['name']} since {when(alert['opened_at'])}")
    for finding in overview["findings"] or []:
        facts.add_row("ATTENTION", finding["says"])
    for hold in overview["pauses"] or []:
        # those of breakers are findings
        if not hold["is_breaker"]:
            facts.add_row("PAUSED", hold["says"])
    if overview["unread"]:
        facts.add_row("NOT READ", f"{', '.join(overview['unread'])}: somebody holds what they are read from")
    for blocker in overview["blockers"]:
        facts.add_row("held by", _describe_blocker(blocker))
    if (generations := overview["generations"]) is not None:
        facts.add_row("generations", f"{generations['pending']} pending, {generations['processing']} processing")
        if generations["stuck"]:
            facts.add_row("stuck", f"{generations['stuck']} past their time; the job cleanup fails them")
    if (queue := overview["queue"]) is not None:
        waiting = f"{queue['waiting']} waiting, {queue['delayed']} to be tried again"
        if queue["parked"]:
            waiting += f", {queue['parked']} held back"
        waiting += f", {queue['gated']} until fewer of their model are in flight" if queue["gated"] else ""
        if queue["oldest_seconds"] is not None:
            waiting += f"; the oldest since {duration(queue['oldest_seconds'])}"
        facts.add_row("queue", waiting)
    if (attempts := overview["attempts"]) is not None:
        facts.add_row(
            "in flight",
            f"{attempts['submitting']} being sent, {attempts['running']} at Replicate, {attempts['unknown']} unknown",
        )
    if (hour := overview["last_hour"]) is not None:
        facts.add_row(
            "last hour",
            f"{hour['leases']} leases: {hour['succeeded']} succeeded, {hour['failed']} failed,"
            f" {hour['rejected']} rejected",
        )
    if (webhooks := overview["webhooks"]) is not None and webhooks["refused"]:
        facts.add_row(
            "webhooks", f"{webhooks['refused']} refused in the last hour; the last one: {webhooks['last_reason']}"
        )
    if (outputs := overview.get("outputs")) is not None and any(outputs.values()):
        told = [f"{outputs['waiting']} to be copied, {outputs['storing']} being copied"]
        told += [f"{outputs['stored_last_hour']} kept in the last hour", f"{outputs['failed_last_day']} lost in a day"]
        told += [f"the first is due {when(outputs['oldest_deadline'])}"] if outputs["oldest_deadline"] else []
        facts.add_row("outputs", ", ".join(told))
    for search in overview["searches"] or []:
        told = [f"{search['skipped']} predictions not read whole, first {search['skipped_what']}"] * bool(
            search["skipped"]
        )
        told += [search["error"]] if search["error"] else []
        facts.add_row("list", f"of {search['account']}: {'; '.join(told)}")
    out.print(facts)
    if overview["tokens"] is not None:
        _show_pool(out, overview["tokens"])
    if overview["workers"]:
        show_workers([_worker(each) for each in overview["workers"]])
    elif overview["workers"] is not None:
        out.print("no worker is known; start one with basepool work")
    if overview["jobs"]:
        _show_jobs(out, overview["jobs"], {each["name"] for each in overview["findings"] or []})
    elif overview["jobs"] is not None:
        out.print("no job has run yet; is pg_cron there? See basepool migrate")


def _describe_blocker(blocker: dict[str, Any]) -> str:
    who = f"pid {blocker['pid']} ({blocker['application'] or 'no application name'}, role {blocker['role']})"
    return f"{who}, since {when(blocker['since'])}: {blocker['holds']}; {blocker['waiting']} wait for it"


def _worker(given: dict[str, Any]) -> WorkerState:
    times = {name: given[name] and datetime.fromisoformat(given[name]) for name in ("since", "heard_at", "busy_since")}
    return WorkerState(**given | times)


def _show_pool(out: Console, tokens: list[dict[str, Any]]) -> None:
    pool = table(
        "token",
        "account",
        "state",
        "in flight",
        "requests",
        "errors",
        "back",
        "why",
        right=("token", "in flight", "requests", "errors"),
    )
    for token in tokens:
        pool.add_row(
            str(token["token_id"]),
            token["account"],
            token["state"],
            f"{token['in_flight']}/{token['max_in_flight']}",
            str(token["request_count"]),
            str(token["error_count"]),
            when(token["back_at"]),
            token["reason"] or "-",
        )
    out.print(pool if tokens else "there is no token; add one with basepool tokens add")


def _show_jobs(out: Console, runs: list[dict[str, Any]], findings: set[str]) -> None:
    jobs = table("job", "last run", "ok", "what it did")
    for job in runs:
        did = ", ".join(f"{key} {value}" for key, value in (job["result"] or {}).items())
        # when it ran last it may have done well
        well = "LATE" if f"job-overdue-{job['job']}" in findings else "yes" if job["ok"] else "NO"
        jobs.add_row(job["job"], when(job["last_run"]), well, job["error"] or did or "-")
    out.print(jobs)
