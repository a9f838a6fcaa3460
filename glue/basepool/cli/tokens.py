"""`basepool tokens`."""

from __future__ import annotations

import codecs
import sys
from datetime import timedelta
from decimal import Decimal
from typing import BinaryIO

import click
from pydantic import SecretStr

from basepool import config
from basepool.cli import show_error
from basepool.cli.show import DURATION, as_json, console, duration, json_out, table, when, with_database
from basepool.database import Database
from basepool.errors import (
    BasepoolError,
    DatabaseRefused,
    DatabaseUnreachable,
    KnownToken,
    MalformedToken,
    MissingPrivilege,
    NotMigrated,
    ReplicateUnreachable,
    TokenRefused,
    UnusableToken,
    UsageError,
)
from basepool.model import FoundToken, TokenAccount
from basepool.redaction import hide
from basepool.replicate import Rejected, Replicate, TransportFailed

_KNOWN = "is in the pool already"
_NONE = "there is no token; add one with basepool tokens add"
_INTEGER = click.IntRange(-(2**31), 2**31 - 1)
"""Those of the database. It has no function for larger ones, and would seem not to be migrated."""
_NOT_OF_ONE_LINE = (DatabaseRefused, DatabaseUnreachable, MissingPrivilege, NotMigrated)


@click.group()
def tokens() -> None:
    """The pool of Replicate tokens: add, list, measure, limit, rotate, enable, disable, remove, secure."""


def _no_token_here(ctx: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    if value:
        raise UsageError(
            "a token on the command line would stay in the shell's history",
            "Run basepool tokens add without it and paste it at the prompt, pipe it in, or use --file.",
        )
    return value


@tokens.command(epilog="Example: basepool tokens add --name studio < token.txt")
@click.argument("nothing", nargs=-1, callback=_no_token_here, metavar="")
@click.option("--file", type=click.File("rb"), help="Read tokens from a file, one a line (- is standard input).")
@click.option("--name", help="A name for people.")
@click.option("--max-in-flight", type=click.IntRange(1, 1000), help="Predictions in flight at once (10).")
@click.option("--check/--no-check", default=True, show_default=True, help="Ask Replicate whose token it is.")
def add(
    nothing: tuple[str, ...], file: BinaryIO | None, name: str | None, max_in_flight: int | None, check: bool
) -> int:
    """Add tokens, read from a prompt, standard input or a file; never from the command line.

    Replicate is asked whose each one is, and for the secret its webhooks are signed with. Limits belong to the account: a
    second token of one account adds no capacity. What is in the pool already is said to be, so that the same file may be
    added again. A line that can't be added is named by its number and keeps no other from it; the exit status is 2 then.
    """
    lines = _read_lines(file)

    async def work(database: Database) -> list[BasepoolError]:
        result = table("token", "account", "tokens of account", "", right=("token", "tokens of account"))
        failed: list[BasepoolError] = []
        try:
            async with Replicate(config.load()) as replicate:
                for number, line in lines:
                    try:
                        found = await _find(database, line)
                        if found.token_id is None:
                            result.add_row(*_row(await _add(database, replicate, found, check, max_in_flight, name)))
                            continue
                    except KnownToken:
                        # somebody else added it at this moment
                        found = await _find(database, line)
                    except _NOT_OF_ONE_LINE:
                        raise
                    except BasepoolError as error:
                        failed.append(type(error)(f"line {number}: {error.message}", error.hint))
                        continue
                    result.add_row(
                        str(found.token_id or "-"), found.account or "-", str(found.tokens_of_account), _KNOWN
                    )
        finally:
            # an error at the third token must not hide that two were added
            if result.row_count:
                console().print(result)
        return failed

    failed = with_database(work)
    for error in failed:
        show_error(error)
    return 2 if failed else 0


async def _find(database: Database, line: str | None) -> FoundToken:
    """The token of a line. Raises MalformedToken."""
    found = await database.find_token(text=line) if line is not None else None
    if found is None or found.secret is None:
        raise MalformedToken(
            "this is not a token: it is too short or too long, or has spaces or unprintable characters in it"
        )
    return found


async def _add(
    database: Database,
    replicate: Replicate,
    found: FoundToken,
    check: bool,
    max_in_flight: int | None,
    name: str | None,
) -> TokenAccount:
    """Add a token that is not in the pool. Raises TokenRefused, ReplicateUnreachable, KnownToken."""
    assert found.secret
    username, kind, webhook_secret = await _ask(replicate, found.secret) if check else (None, None, None)
    return await database.add_token(
        token=found.secret,
        username=username,
        kind=kind,
        webhook_secret=webhook_secret,
        max_in_flight=max_in_flight,
        name=name,
    )


@tokens.command(epilog="Example: basepool tokens check")
@click.option("--all", "is_all", is_flag=True, help="Ask for all, not only for those nobody has asked for.")
def check(is_all: bool) -> None:
    """Ask Replicate whose the tokens are, above all those that were in the database before basepool."""

    async def work(database: Database) -> None:
        settings = config.load()
        result = table("token", "account", "tokens of account", "", right=("token", "tokens of account"))
        await database.record_command(action="tokens check", target="all" if is_all else "those not asked for yet")
        async with Replicate(settings) as replicate:
            for entry in await database.get_token_secrets(unchecked_only=not is_all):
                try:
                    if entry.token is None:
                        raise UnusableToken(entry.problem or "it has no secret")
                    username, kind, webhook_secret = await _ask(replicate, entry.token)
                    recorded = await database.record_account(
                        token_id=entry.token_id, username=username, kind=kind, webhook_secret=webhook_secret
                    )
                except _NOT_OF_ONE_LINE:
                    raise
                except BasepoolError as error:
                    result.add_row(str(entry.token_id), "-", "-", f"{error.code}: {error.message}")
                    continue
                result.add_row(*_row(recorded))
        if result.row_count:
            console().print(result)
        elif await database.list_tokens():
            click.echo("Replicate was asked for all tokens already; basepool tokens check --all asks again")
        else:
            click.echo(_NONE)

    with_database(work)


@tokens.command("list", epilog="Example: basepool tokens list --json")
@as_json
def list_(is_json: bool) -> None:
    """Show the pool: state, why, and when it comes back by itself. Never a secret."""
    rows = with_database(lambda database: database.list_tokens())
    if is_json:
        json_out(rows)
        return
    if not rows:
        click.echo(_NONE)
        return
    result = table(
        "id", "token", "account", "state", "in flight", "requests", "errors", "last used", "back", "why",
        right=("id", "in flight", "requests", "errors"),
    )  # fmt: skip
    for row in rows:
        result.add_row(
            str(row.token_id),
            f"{row.name or ''} {row.masked}".strip(),
            row.account,
            row.state,
            f"{row.in_flight}/{row.max_in_flight}",
            str(row.request_count),
            str(row.error_count),
            when(row.last_used_at),
            when(row.back_at),
            row.reason or "-",
        )
    console().print(result)


@tokens.command(epilog="Example: basepool tokens stats --since 24h")
@click.option("--since", type=DURATION, default="1h", show_default=True, help="The window: 30m, 1h, 7d.")
@as_json
def stats(since: timedelta, is_json: bool) -> None:
    """Show how each token did: outcomes, errors by rule, seconds charged, and how long things took."""
    rows = with_database(lambda database: database.get_token_stats(window=since))
    if is_json:
        json_out(rows)
        return
    if not rows:
        click.echo(_NONE)
        return
    result = table(
        "token", "account", "state", "leases", "ok", "rate", "failed", "refused", "open", "charged", "wait", "submit",
        "predict", "errors",
        right=("token", "leases", "ok", "rate", "failed", "refused", "open", "charged", "wait", "submit", "predict"),
    )  # fmt: skip
    for row in rows:
        result.add_row(
            str(row["token_id"]),
            row["account"],
            row["state"],
            str(row["leases"]),
            str(row["succeeded"]),
            f"{row['success_rate']:.0%}" if row["success_rate"] is not None else "-",
            str(row["failed"] + row["canceled"]),
            str(row["rejected"]),
            str(row["open"]),
            f"{row['predict_seconds']:.1f}",
            *(_pair(row[f"{name}_p50"], row[f"{name}_p95"]) for name in ("queue", "submit", "predict")),
            ", ".join(f"{rule} {times}" for rule, times in row["errors"].items()) or "-",
        )
    out = console()
    out.print(result)
    out.print(
        f"The last {duration(since.total_seconds())}. charged: seconds;"
        " wait, submit, predict: seconds, median / 95th percentile."
    )


@tokens.command(epilog="Example: basepool tokens limit 3 --max-in-flight 20 --creates-per-minute 300")
@click.argument("token_id", type=_INTEGER)
@click.option("--max-in-flight", type=_INTEGER, help="Predictions in flight at once, of this token.")
@click.option("--weight", type=_INTEGER, help="Share of the leases relative to other tokens.")
@click.option("--creates-per-minute", type=_INTEGER, help="Of its account, and so of all its tokens together.")
@click.option("--burst", type=_INTEGER, help="Creates at once, of its account.")
def limit(
    token_id: int, max_in_flight: int | None, weight: int | None, creates_per_minute: int | None, burst: int | None
) -> None:
    """Change limits while everything runs; without options, show them."""
    row = with_database(
        lambda database: database.limit_token(
            token_id=token_id,
            max_in_flight=max_in_flight,
            weight=weight,
            creates_per_minute=creates_per_minute,
            burst=burst,
        )
    )
    click.echo(
        f"token {token_id}: {row['max_in_flight']} in flight, weight {row['weight']}; {row['account']}:"
        f" {row['creates_per_minute']} creates a minute, {row['burst']} at once"
    )


@tokens.command(epilog="Example: basepool tokens rotate 3 < new-token.txt")
@click.argument("token_id", type=_INTEGER)
@click.option("--file", type=click.File("rb"), help="Read the new secret from a file (- is standard input).")
@click.option("--check/--no-check", default=True, show_default=True, help="Ask Replicate whose it is.")
def rotate(token_id: int, file: BinaryIO | None, check: bool) -> None:
    """Swap a token's secret, read like that of tokens add. What is in flight goes on."""
    lines = _read_lines(file)
    if len(lines) != 1:
        raise UsageError(f"there are {len(lines)} tokens in the input", "Pass the one new secret of this token.")

    async def work(database: Database) -> str:
        secret = (await _find(database, lines[0][1])).secret
        assert secret
        username = None
        if check:
            async with Replicate(config.load()) as replicate:
                username, _, _ = await _ask(replicate, secret)
        return await database.rotate_token(token_id=token_id, token=secret, username=username)

    click.echo(f"token {token_id}: {with_database(work)}")


@tokens.command(epilog="Example: basepool tokens enable 3")
@click.argument("token_id", type=_INTEGER)
def enable(token_id: int) -> None:
    """Put a token back into the round, whoever took it out."""
    click.echo(f"token {token_id}: {with_database(lambda database: database.enable_token(token_id=token_id))}")


@tokens.command(epilog="Example: basepool tokens disable 3")
@click.argument("token_id", type=_INTEGER)
def disable(token_id: int) -> None:
    """Take a token out of the round; what it has in flight goes on."""
    click.echo(f"token {token_id}: {with_database(lambda database: database.disable_token(token_id=token_id))}")


@tokens.command(epilog="Example: basepool tokens remove 3")
@click.argument("token_id", type=_INTEGER)
def remove(token_id: int) -> None:
    """Delete a token that has nothing in flight; attempts and statistics stay."""
    click.echo(f"token {token_id}: {with_database(lambda database: database.remove_token(token_id=token_id))}")


@tokens.command(epilog="Example: basepool tokens secure")
@click.option("--undo", is_flag=True, help="Move them back into public.replicate_tokens.")
@click.option("--yes", is_flag=True, help="Nothing reads the column, though the database can't say so.")
def secure(undo: bool, yes: bool) -> None:
    """Move all tokens into Supabase Vault, where an app that was there before basepool reads them from their column no longer.

    Ids stay. Refuses while a statement reads the column; where pg_stat_statements is missing nobody can say, and it asks for
    --yes.
    """
    click.echo(with_database(lambda database: database.secure_tokens(undo=undo, yes=yes)))


def _pair(median: Decimal | None, high: Decimal | None) -> str:
    return f"{median:.1f} / {high:.1f}" if median is not None and high is not None else "-"


def _read_lines(file: BinaryIO | None) -> list[tuple[int, str | None]]:
    """The lines that are not empty, with their numbers; None is one that is no text."""
    if file is not None:
        raw = file.read()
    elif sys.stdin.isatty():
        raw = click.prompt("Replicate API token", hide_input=True).encode()
    else:
        raw = sys.stdin.buffer.read()
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # what PowerShell writes
        raw = raw.decode("utf-16", "replace").encode()
    lines: list[tuple[int, str | None]] = []
    for number, part in enumerate(raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"), 1):
        hide([part.decode("latin-1")])
        try:
            text = part.decode()
        except UnicodeDecodeError:
            lines.append((number, None))
            continue
        hide([text])
        if text.strip(" \t\ufeff"):
            lines.append((number, text))
    if not lines:
        raise MalformedToken("there is no token in the input")
    return lines


async def _ask(replicate: Replicate, token: SecretStr) -> tuple[str, str | None, SecretStr]:
    """Whose token it is, and that account's webhook secret. Raises TokenRefused, UnusableToken, ReplicateUnreachable."""
    try:
        account = await replicate.account(token)
        secret = await replicate.webhook_secret(token)
    except Rejected as error:
        if error.status in {401, 403}:
            raise TokenRefused(f"Replicate refused a token with HTTP {error.status}") from None
        raise ReplicateUnreachable(f"Replicate answered HTTP {error.status} when asked for the account") from None
    except TransportFailed as error:
        if error.kind == "unusable":
            raise UnusableToken(error.text) from None
        raise ReplicateUnreachable(f"Replicate can't be reached: {error.text}") from None
    hide([secret])
    return str(account["username"]), account.get("type"), SecretStr(secret)


def _row(token: TokenAccount) -> tuple[str, str, str, str]:
    note = ""
    if token.tokens_of_account > 1:
        note = "this account was here already: it adds no capacity, the account's limits are shared"
    elif token.account is None:
        note = "not asked whose it is; do it with basepool tokens check"
    return str(token.token_id), token.account or "-", str(token.tokens_of_account), note
