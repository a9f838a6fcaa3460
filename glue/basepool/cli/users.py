"""`basepool users`."""

from __future__ import annotations

from uuid import UUID

import click

from basepool.cli.show import as_json, json_out, with_database
from basepool.errors import UsageError


@click.group()
def users() -> None:
    """What single users may do."""


@users.command(epilog="Example: basepool users limit 5a1b0c4e-0000-4000-8000-000000000001 20")
@click.argument("user", type=click.UUID)
@click.argument("number", required=False, type=click.IntRange(0, 2**31 - 1))
@click.option("--default", "is_default", is_flag=True, help="The setting user_active_limit counts again.")
@as_json
def limit(user: UUID, number: int | None, is_default: bool, is_json: bool) -> None:
    """Change how many generations USER may have active at once (0: none), or without NUMBER show it.

    It counts from the next submit; what is active goes on.
    """
    if number is not None and is_default:
        raise UsageError("there is a number, and --default, too", "Pass one of them.")
    row = with_database(lambda database: database.limit_user(user=user, max_active=number, is_default=is_default))
    if is_json:
        json_out(row)
        return
    whose = "the default" if row["is_default"] else "of its own"
    was = f"; was {row['was']}" if row["was"] != row["max_active"] else ""
    click.echo(f"user {user}: {row['max_active']} active at once, {whose}{was}")
