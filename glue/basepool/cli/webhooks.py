"""`basepool webhooks`."""

from __future__ import annotations

from datetime import timedelta

import click

from basepool.cli.show import DURATION, as_json, console, duration, json_out, table, when, with_database


@click.group()
def webhooks() -> None:
    """What Replicate announced."""


@webhooks.command(epilog="Example: basepool webhooks refused --since 2h")
@click.option("--since", type=DURATION, default="1d", show_default=True, help="Those within this time: 30m, 1h, 7d.")
@as_json
def refused(since: timedelta, is_json: bool) -> None:
    """Show whose webhooks were refused, why, how many and since when.

    What they said is asked for, later. Those without an account name no attempt that there is: they are forged, or of
    another database.
    """
    found = with_database(lambda database: database.list_refused_webhooks(since=since))
    if is_json:
        json_out(found)
        return
    if not found:
        click.echo(f"none was refused in the last {duration(since.total_seconds())}")
        return
    listed = table("account", "times", "since", "last", "attempt of the last", "reason", right=("times",))
    for each in found:
        listed.add_row(
            each["account"] or "-",
            str(each["times"]),
            when(each["since"]),
            when(each["last"]),
            str(each["last_attempt"]) if each["account"] else "-",
            each["reason"],
        )
    console().print(listed)
