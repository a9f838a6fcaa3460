"""`basepool doctor`."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib import metadata
from urllib.parse import urlsplit

import click
import httpx

from basepool import config, version
from basepool.cli.show import as_json, console, duration, json_out, one_line, printable, table, with_database
from basepool.config import Settings
from basepool.database import Database
from basepool.errors import UsageError
from basepool.model import Finding
from basepool.redaction import describe

_PATIENCE_SECONDS = 10.0
_CLOCK_WARNING_SECONDS = 5.0
_CLOCK_PROBLEM_SECONDS = 60.0
"""Webhooks are believed for five minutes, and leases are counted in seconds."""
_RANK = {"problem": 0, "warning": 1, "ok": 2}
_WORDS = {"problem": "PROBLEM", "warning": "warning"}
_POOLERS = {6543: "a pooler in transaction mode, by its port", 5432: "in session mode, if it is Supabase's"}


@click.command(epilog="Example: basepool doctor --strict")
@as_json
@click.option(
    "--fix", "is_fix", is_flag=True, help="Print the SQL that mends what SQL can, for the owner; run nothing."
)
@click.option("--hints", is_flag=True, help="With --fix: as statements, not as comments, what is a hint only.")
@click.option("--strict", is_flag=True, help="Exit status 1 for warnings, too.")
def doctor(is_json: bool, is_fix: bool, hints: bool, strict: bool) -> int:
    """Look whether all is as it should be: indexes, rights, policies, tokens, jobs, workers, clocks, PUBLIC_URL, releases.

    Changes nothing, and takes no lock. Exit status 1 if there is a problem, 0 if there is none (warnings are none, unless
    --strict), 2 if it could not look.
    """
    if is_json and is_fix:
        raise UsageError("--json and --fix exclude each other", "With --json each finding has its fix.")
    if hints and not is_fix:
        raise UsageError("--hints goes with --fix", "Pass both.")
    settings = config.load()
    found = with_database(lambda database: _look(database, settings))
    found.sort(key=lambda each: (_RANK[each.severity], each.name, each.says))
    if is_json:
        json_out(found)
    elif is_fix:
        _print_fixes(found, hints)
    else:
        _show(found)
    wrong = {"problem", "warning"} if strict else {"problem"}
    return 1 if any(each.severity in wrong for each in found) else 0


async def _look(database: Database, settings: Settings) -> list[Finding]:
    checks: list[Callable[[], Awaitable[list[Finding]]]] = [
        database.diagnose,
        lambda: _check_releases(database),
        lambda: _check_pooler(database, settings),
        lambda: _check_workers(database, settings),
        lambda: _check_public_url(settings),
        lambda: _check_clocks(database, settings),
    ]
    found = await asyncio.gather(*(check() for check in checks))
    return [*(each for some in found for each in some), *_check_environment(settings)]


async def _check_releases(database: Database) -> list[Finding]:
    """Which go together is checked whenever a database is opened; here, whether they are the same."""
    theirs, ours = await database.schema_version(), version.ours()
    says = f"basepool {metadata.version('basepool')}, schema version {ours.version} here and {theirs.version} in the database"
    if theirs.version < ours.version:
        return [Finding("versions", "warning", says, "The database is older: basepool migrate, as the owner.")]
    if theirs.version > ours.version:
        return [Finding("versions", "warning", says, "Update basepool here.")]
    return [Finding("versions", "ok", says)]


async def _check_pooler(database: Database, settings: Settings) -> list[Finding]:
    if not await database.has_pooler():
        return [Finding("pooler", "ok", "the database is reached directly: it prepares statements, and wakes workers")]
    port = urlsplit(settings.conninfo).port or 5432
    says = f"a pooler is in between (DATABASE_POOLER={settings.database_pooler}; {_POOLERS.get(port, f'port {port}')})"
    if settings.database_pooler == "none" and port == 6543:
        return [
            Finding(
                "pooler",
                "problem",
                f"{says}: two clients' prepared statements may be each other's",
                "Set DATABASE_POOLER=auto.",
            )
        ]
    return [Finding("pooler", "ok", f"{says}: workers look for work instead of being woken")]


async def _check_workers(database: Database, settings: Settings) -> list[Finding]:
    known = await database.list_workers()
    alive = [each for each in known if not each.is_silent]
    if not alive:
        if settings.serverless:
            return [Finding("workers", "ok", "SERVERLESS=true, and no worker runs")]
        says = f"no worker works; {len(known)} silent" if known else "no worker is known"
        return [Finding("workers", "warning", says, "Start basepool work, or see docs/operations.md#serverless.")]
    mine = metadata.version("basepool")
    found = [
        Finding(
            "workers",
            "warning",
            f"worker {each.name} is of release {each.version}, and this is {mine}",
            "Update and restart it, or update here.",
        )
        for each in alive
        if each.version != mine
    ]
    return found or [Finding("workers", "ok", f"{len(alive)} at work")]


async def _check_public_url(settings: Settings) -> list[Finding]:
    url = settings.public_url
    if url is None:
        return [
            Finding("public-url", "ok", "PUBLIC_URL is not set: no webhooks are ordered, and results are asked for")
        ]
    remedy = "It must lead to basepool serve, from the internet: look at its DNS, its proxy, and whether it runs."
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE_SECONDS) as client:
            lives = await client.get(f"{url}/healthz")
            ready = await client.get(f"{url}/readyz")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return [Finding("public-url", "problem", f"nobody answers at {url}: {describe(error)}", remedy)]
    if not _is_ours(lives):
        return [Finding("public-url", "problem", f"{url}/healthz answers {lives.status_code}, not as we do", remedy)]
    if ready.status_code != 200:
        hint = _said(ready).get("hint", "")
        says = f"basepool serve is at {url}, and not ready ({ready.status_code})"
        return [Finding("public-url", "problem", says, one_line(str(hint)) or "See its log.")]
    return [Finding("public-url", "ok", f"basepool serve answers at {url}, and is ready")]


def _is_ours(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and _said(answer) == {"ok": True}


def _said(answer: httpx.Response) -> dict[str, object]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


async def _check_clocks(database: Database, settings: Settings) -> list[Finding]:
    """Three of them: what one says is compared with the middle of the time in which it was asked."""
    found = []
    before = time.time()
    theirs = await database.clock()
    found.append(_compare("database", theirs, before, 0.0))
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE_SECONDS) as client:
            before = time.time()
            # whoever has no token is told so, and what time it is
            answer = await client.head(f"{settings.replicate_base_url}/v1/account")
        said = parsedate_to_datetime(answer.headers.get("date", ""))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        remedy = "Look at REPLICATE_BASE_URL, and whether this machine may reach it."
        return [*found, Finding("replicate", "problem", f"Replicate does not answer: {describe(error)}", remedy)]
    except (TypeError, ValueError):
        return [*found, Finding("clock", "ok", "Replicate does not say what time it has")]
    # a Date has whole seconds
    return [*found, _compare("Replicate", said if said.tzinfo else said.replace(tzinfo=UTC), before, 0.5)]


def _compare(whose: str, theirs: datetime, before: float, rounding: float) -> Finding:
    after = time.time()
    off = theirs.timestamp() + rounding - (before + after) / 2
    uncertain = (after - before) / 2 + rounding
    seconds = max(0.0, abs(off) - uncertain)
    if seconds <= _CLOCK_WARNING_SECONDS:
        return Finding("clock", "ok", f"the clock of {whose} and of this machine agree")
    way = "ahead of" if off > 0 else "behind"
    return Finding(
        "clock",
        "problem" if seconds > _CLOCK_PROBLEM_SECONDS else "warning",
        f"the clock of {whose} is {duration(seconds)} {way} that of this machine",
        "Have both kept by NTP: webhooks are refused when they are five minutes off, and leases end by the clock.",
    )


def _check_environment(settings: Settings) -> list[Finding]:
    found = []
    is_public = (settings.public_url or "").startswith("https://")
    if is_public and settings.basepool_env != "production":
        found.append(
            Finding(
                "environment", "warning", "BASEPOOL_ENV is development", "Set production: logs are JSON, and short."
            )
        )
    if is_public and settings.replicate_base_url != "https://api.replicate.com":
        says = f"REPLICATE_BASE_URL is {settings.replicate_base_url}, and PUBLIC_URL is public"
        found.append(Finding("environment", "warning", says, "Unset it, unless that is meant."))
    if settings.serverless and settings.effective_store_url.startswith("file:"):
        says = "the store is a folder, and SERVERLESS=true: what is kept there is gone with the instance"
        found.append(Finding("environment", "problem", says, "Set STORE_URL, or keep_outputs to false."))
    if settings.serverless and settings.public_url is None:
        says = "PUBLIC_URL is not set, and SERVERLESS=true: results wait for the job reconcile"
        found.append(Finding("environment", "warning", says, "Set it to where this application is."))
    return found or [Finding("environment", "ok", "the variables go together")]


def _show(found: list[Finding]) -> None:
    out = console()
    wrong = [each for each in found if each.severity != "ok"]
    if wrong:
        listed = table("", "check", "what is, and what to do")
        for each in wrong:
            told = each.says if each.remedy is None else f"{each.says}\n-> {each.remedy}"
            listed.add_row(_WORDS[each.severity], each.name, told)
        out.print(listed)
    well = list(dict.fromkeys(each.name for each in found if each.severity == "ok"))
    if well:
        out.print(f"well: {', '.join(well)}", soft_wrap=False)
    counted = Counter(each.severity for each in found)
    summary = [f"{counted['problem']} problems, {counted['warning']} warnings"]
    if any(each.fix for each in found):
        summary.append("basepool doctor --fix prints SQL for those that SQL can mend")
    out.print("; ".join(summary))


def _print_fixes(found: list[Finding], hints: bool) -> None:
    """What psql can run as the owner, a statement at a time: an index can't be dropped concurrently within a transaction."""
    fixes = [each for each in found if each.fix]
    if not fixes:
        click.echo("-- there is nothing that SQL could mend")
    for each in fixes:
        click.echo(f"-- {each.name}: {one_line(each.says)}")
        fix = (each.fix or "").removeprefix("-- " if hints else "")
        # what is commented out stays so, whatever is in its name
        click.echo(f"{one_line(fix) if fix.startswith('--') else printable(fix)};\n")
