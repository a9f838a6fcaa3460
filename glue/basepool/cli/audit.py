"""`basepool audit`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import click

from basepool.cli.show import DURATION, as_json, console, json_out, table, when, with_database


@click.command(epilog="Example: basepool audit --since 7d")
@click.option("--since", type=DURATION, help="What was done within this time: 30m, 1h, 7d.")
@click.option(
    "--max",
    "limit",
    default=100,
    show_default=True,
    type=click.IntRange(1, 10_000),
    help="At most so many, the newest.",
)
@as_json
def audit(since: timedelta | None, limit: int, is_json: bool) -> None:
    """Show who did what: every command that changed something, newest first.

    Who: the operator who was signed in to the page, or else as the client names itself (here user@machine), and the role it had
    logged in as.
    """
    found = with_database(lambda database: database.list_audit(since=since, max=limit))
    if is_json:
        json_out(found)
        return
    if not found:
        click.echo("nothing was done")
        return
    listed = table("when", "action", "target", "who", "role", "what")
    for each in found:
        listed.add_row(
            when(each["at"]),
            each["action"],
            each["target"] or "-",
            each["actor"] or each["application"].removeprefix("basepool ") or "-",
            each["login"] if each["login"] == each["role"] else f"{each['login']} as {each['role']}",
            _said(each["details"]) or "-",
        )
    console().print(listed)


def _said(details: dict[str, Any]) -> str:
    """In words; a change is a pair, of which one half may be nothing."""
    if details and set(details) <= {"was", "is"}:
        return f"{details.get('was', '-')} → {details.get('is', '-')}"
    return ", ".join(f"{name} {_said(value) if isinstance(value, dict) else value}" for name, value in details.items())
