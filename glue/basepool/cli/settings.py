"""`basepool settings`."""

from __future__ import annotations

import click

from basepool.cli.show import as_json, console, json_out, table, with_database
from basepool.errors import InvalidSetting, UsageError

_SHORT = 18


@click.group()
def settings() -> None:
    """What can be changed without a release: limits, times and messages, kept in the database."""


@settings.command(epilog="Example: basepool settings get stuck_after")
@click.argument("name", required=False)
@as_json
def get(name: str | None, is_json: bool) -> None:
    """Show all settings, or NAME with what it means, its default, and what it may be."""
    found = with_database(lambda database: database.list_settings())
    if name is not None:
        found = [each for each in found if each["name"] == name]
        if not found:
            raise InvalidSetting(f"there is no setting {name!r}", "See basepool settings get for those there are.")
    if is_json:
        json_out(found if name is None else found[0])
    elif name is None:
        listed = table("setting", "value", "default", "unit", "means")
        for each in found:
            listed.add_row(
                each["name"], _short(each["value"]), _short(each["default_value"]), each["unit"], each["means"]
            )
        console().print(listed)
    else:
        [each] = found
        told = table("", "")
        told.show_header = False
        told.add_row("setting", each["name"])
        told.add_row("value", _shown(each["value"]))
        told.add_row("default", _shown(each["default_value"]))
        told.add_row("may be", each["allowed"])
        told.add_row("unit", each["unit"])
        told.add_row("means", each["means"])
        console().print(told)


@settings.command(name="set", epilog="Example: basepool settings set stuck_after '20 minutes'")
@click.argument("name")
@click.argument("value", required=False)
@click.option("--default", "is_default", is_flag=True, help="Back to the default, instead of VALUE.")
@as_json
def set_(name: str, value: str | None, is_default: bool, is_json: bool) -> None:
    """Change a setting, at once and for all processes; it says what it was, so that it can be undone.

    VALUE is a number, true or false, a text, or a time with its unit: 90s, '20 minutes', '2 hours', 7d.
    """
    if (value is None) != is_default:
        raise UsageError(
            "the value is missing" if value is None else "there is a value, and --default, too",
            f"Pass a value or --default; basepool settings get {name} says what it may be.",
        )
    changed = with_database(lambda database: database.change_setting(name=name, value=value))
    if is_json:
        json_out(changed)
    elif changed["was"] == changed["value"]:
        click.echo(f"{changed['name']} is {_shown(changed['value'])} already")
    else:
        click.echo(f"{changed['name']}: {_shown(changed['value'])} (was {_shown(changed['was'])})")


def _short(value: str | None) -> str:
    """In a list the name counts, and whether it is what it was made with."""
    text = _shown(value)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _shown(value: str | None) -> str:
    return "-" if value is None else value
