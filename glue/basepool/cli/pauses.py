"""`basepool pause`, `basepool resume`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import click

from basepool.cli.show import UNTIL, as_json, json_out, printable, with_database
from basepool.errors import UsageError


def _of_what(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what is meant; none: the pool."""
    for option in (
        click.option("--user", type=click.UUID, help="A user, by id."),
        click.option("--model", help="A model, owner/name, whatever version of it is asked for."),
        click.option("--account", help="An account, as tokens list shows it."),
    ):
        command = option(command)
    return command


def _named(account: str | None, model: str | None, user: UUID | None) -> tuple[str, str | None]:
    """Kind and name of what is meant. Raises UsageError."""
    given = [
        (kind, str(name)) for kind, name in (("account", account), ("model", model), ("user", user)) if name is not None
    ]
    if len(given) > 1:
        raise UsageError(
            f"{' and '.join(f'--{kind}' for kind, _ in given)} at once",
            "Pass one of --account, --model and --user, or none for the whole pool.",
        )
    return given[0] if given else ("pool", None)


def _title(kind: str, name: str | None) -> str:
    return printable(f"{kind} {name}" if name is not None else "the pool")


def _show(kind: str, name: str | None, told: str, is_json: bool) -> None:
    if is_json:
        json_out({"kind": kind, "name": name, "result": told})
    else:
        click.echo(f"{_title(kind, name)}: {told}")


@click.command(epilog="Example: basepool pause --model black-forest-labs/flux-schnell --until 2h --reason 'new prices'")
@_of_what
@click.option(
    "--until", type=UNTIL, help="When it ends by itself: 30m, 2h, or a time. Without it: with basepool resume."
)
@click.option("--reason", help="Why, for whoever looks.")
@as_json
def pause(
    account: str | None,
    model: str | None,
    user: UUID | None,
    until: datetime | None,
    reason: str | None,
    is_json: bool,
) -> None:
    """Let nothing new begin: of the whole pool, of an account, a model or a user. What is in flight ends.

    What is submitted meanwhile waits, and fails when it is stuck, as ever. basepool status, why and tokens list show the pause,
    with who made it and why. Said again, it replaces the time and the reason.
    """
    kind, name = _named(account, model, user)
    told = with_database(lambda database: database.pause(kind=kind, name=name, until=until, reason=reason))
    _show(kind, name, told, is_json)


@click.command(epilog="Example: basepool resume --model black-forest-labs/flux-schnell")
@_of_what
@as_json
def resume(account: str | None, model: str | None, user: UUID | None, is_json: bool) -> None:
    """End a pause. Of an account also its cooldown: what is paid is tried at once."""
    kind, name = _named(account, model, user)
    told = with_database(lambda database: database.resume(kind=kind, name=name))
    _show(kind, name, told, is_json)
