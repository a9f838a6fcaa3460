"""`basepool alerts`."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from basepool import config
from basepool.cli.show import as_json, console, json_out, printable, table, when, with_database
from basepool.database import Database
from basepool.work.alert import alert_once

_PATIENCE_SECONDS = 20


@click.group(no_args_is_help=True)
def alerts() -> None:
    """What rings: the alarms, and whether anybody hears them."""


@alerts.command("list", epilog="Example: basepool alerts list --all")
@click.option("--all", "is_all", is_flag=True, help="Those that are over, too, the newest 100.")
@as_json
def list_(is_all: bool, is_json: bool) -> int:
    """Show the open alarms: since when, what is wrong, and whether it was told to anybody. Exit status 1 if there are any."""
    found = with_database(lambda database: database.list_alerts(is_all=is_all))
    if is_json:
        json_out(found)
    elif found:
        listed = table("alarm", "since", "until", "told", "what is wrong")
        for each in found:
            listed.add_row(
                each["name"] if each["severity"] == "page" else f"{each['name']} (warns)",
                when(each["opened_at"]),
                when(each["closed_at"]) if each["closed_at"] else "open",
                _told(each),
                each["says"],
            )
        console().print(listed)
    else:
        click.echo("no alarm has rung" if is_all else "no alarm is open")
    return 1 if any(each["closed_at"] is None for each in found) else 0


def _told(alert: dict[str, Any]) -> str:
    if alert["send_error"]:
        return f"NOT SENT: {alert['send_error']}"
    if alert["sent_at"]:
        return when(alert["sent_at"])
    return "not yet" if alert["tries"] else "-"


@alerts.command(epilog="Example: basepool alerts test")
@as_json
def test(is_json: bool) -> int:
    """Send a message to alert_url, and say whether it arrived. Exit status 1 if it did not."""
    settings = config.load()

    async def send(database: Database) -> dict[str, Any]:
        number = await database.send_test_alert()
        for _ in range(2 * _PATIENCE_SECONDS):
            await alert_once(database, settings)
            message = await database.get_alert_message(id=number)
            if message["sent_at"] or message["error"]:
                break
            await asyncio.sleep(0.5)
        return message

    message = with_database(send)
    if is_json:
        json_out(message)
    elif message["sent_at"]:
        click.echo("it has arrived")
    else:
        click.echo(printable(f"it has not arrived: {message['error'] or 'nobody has answered yet'}"), err=True)
    return 0 if message["sent_at"] else 1
