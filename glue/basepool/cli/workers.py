"""`basepool workers`."""

from __future__ import annotations

import click

from basepool.cli.show import as_json, console, json_out, table, when, with_database
from basepool.model import WorkerState


@click.command(epilog="Example: basepool workers --json")
@as_json
def workers(is_json: bool) -> int:
    """Show who works: since when, what it does, and how many of its hands are free. Exit status 1 if nobody does."""
    found = with_database(lambda database: database.list_workers())
    if is_json:
        json_out(found)
    elif found:
        show_workers(found)
    else:
        click.echo("no worker is known; start one with basepool work", err=True)
    return 0 if any(not each.is_silent for each in found) else 1


def show_workers(found: list[WorkerState]) -> None:
    """A table of them."""
    listed = table("worker", "release", "since", "heard of", "free", "does", right=("free",))
    for each in found:
        listed.add_row(
            each.name,
            each.version,
            when(each.since),
            when(each.heard_at),
            "-" if each.is_silent else f"{each.hands_free}/{each.hands}",
            f"SILENT; last: {each.doing}" if each.is_silent else each.doing,
        )
    console().print(listed)
