"""`basepool cutover`: which of the app's own inserts basepool runs. What is moved over can be moved back at any time."""

from __future__ import annotations

import asyncio
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from basepool.cli.show import as_json, console, json_out, printable, table, with_database
from basepool.database import Database
from basepool.errors import UsageError

_NONE = "none"
_TRIES = 10
"""Rounds of giving back, for those that somebody held."""

NEXT_STEPS = {
    "nothing": "Nothing is moved over: what the app inserts, it runs. Teach it to ask first, then begin with a part of the"
    " users of one model.",
    "some": "Compare what failed with the app's, then raise the percentage, or add models. 0 gives what waits back to the app.",
    "all": "Everything that can be is moved over. The app's own calls to Replicate can go, and with them its webhook.",
}
"""What to do next; docs/adoption.md says it in the same words."""

_KINDS = {
    "other models": "other models",
    "keyframes": "keyframe jobs",
    "other providers": "other providers",
}


class _Percent(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A percentage, or none. Which make sense the database says."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == _NONE or isinstance(value, Decimal):
            return value
        try:
            return Decimal(str(value).removesuffix("%").strip())
        except InvalidOperation:
            self.fail(f"{value!r} is neither a number nor {_NONE}", param, ctx)


@click.command(epilog="Example: basepool cutover --models 'black-forest-labs/*' --percent 10 --dry-run")
@click.option("--models", help="Of which models: owner/name, with * (or %) for any characters; * alone for all.")
@click.option("--percent", type=_Percent(), help="Of how many of the users, 0 to 100; none: as less specific models.")
@click.option("--dry-run", is_flag=True, help="Only say what it would have meant since yesterday.")
@as_json
def cutover(models: str | None, percent: Any, dry_run: bool, is_json: bool) -> int:
    """Show which of the app's own inserts basepool runs, or change it.

    What is inserted plainly is basepool's or the app's by its model and its user, once and for all: queued_at is set in
    those that basepool runs. The same users stay on the same side; more percent only add some. Where several models match, the
    most specific one counts. With 0 what waits goes back to the app, which runs it like its own; what is in flight ends here.
    What other providers run is never basepool's. Exit status 1 if somebody held what was to go back.
    """
    if models is None:
        if percent is not None or dry_run:
            raise UsageError("nothing says which models", "Pass --models 'owner/*', or --models '*' for all.")
        _show(with_database(lambda database: database.list_cutover()), is_json)
        return 0
    if percent is None:
        raise UsageError("nothing says how many percent", "Pass --percent 10, or --percent 0 to give them back.")

    share = None if percent == _NONE else percent
    if dry_run:
        _show_preview(with_database(lambda database: database.preview_cutover(pattern=models, percent=share)), is_json)
        return 0
    changed, back = with_database(lambda database: _cut_over(database, models, share))
    if is_json:
        json_out({**_plain(changed), **back})
    else:
        _say_changed(changed, back)
    return 1 if back["busy"] else 0


async def _cut_over(
    database: Database, pattern: str, percent: Decimal | None
) -> tuple[dict[str, Any], dict[str, int | None]]:
    """Change it first, so that nothing new comes in behind what is given back."""
    changed = await database.cut_over(pattern=pattern, percent=percent)
    back: dict[str, int | None] = {"given_back": 0, "busy": 0, "in_flight": None}
    if percent != 0:
        return changed, back
    given = busy = 0
    for _ in range(_TRIES):
        busy = 0
        step: dict[str, Any] = {"cursor": None}
        is_first = True
        while is_first or step["cursor"] is not None:
            is_first = False
            step = await database.give_back(pattern=changed["pattern"], cursor=step["cursor"])
            given += step["given_back"]
            busy += step["busy"]
        if busy == 0:
            break
        await asyncio.sleep(0.2)
    rows = await database.list_cutover()
    flying = sum(row["in_flight"] for row in rows if row["pattern"] == changed["pattern"])
    return changed, {"given_back": given, "busy": busy, "in_flight": flying}


def _say_changed(changed: dict[str, Any], back: dict[str, int | None]) -> None:
    pattern, was = printable(changed["pattern"]), changed["was"]
    if changed["percent"] is None:
        click.echo(f"{pattern}: as less specific models (was {_share(was)})")
        return
    click.echo(f"{pattern}: {_share(changed['percent'])} (was {'not listed' if was is None else _share(was)})")
    if back["in_flight"] is not None:
        click.echo(f"{back['given_back']} went back to the app; {back['in_flight']} are in flight and end here")
    if back["busy"]:
        click.echo(f"{back['busy']} were held by somebody all the while: try again", err=True)


def _show_preview(seen: dict[str, Any], is_json: bool) -> None:
    if is_json:
        json_out(_plain(seen))
        return
    click.echo(
        f"{printable(seen['pattern'])} at {_share(seen['percent'])}, of the last 24 hours: {seen['generations']} of"
        f" {seen['of_generations']} generations, {seen['users']} of {seen['of_users']} users"
    )
    if not seen["percent"]:
        click.echo(f"{seen['waiting']} wait and would go back to the app")
    click.echo("nothing was changed")


def _show(rows: list[dict[str, Any]], is_json: bool) -> None:
    step = NEXT_STEPS[_stage(rows)]
    if is_json:
        json_out({"models": [_plain(row) for row in rows], "next": step})
        return
    numbers = ("percent", "basepool's", "failed", "the app's", "failed there", "waiting", "in flight")
    listed = table("models", *numbers, right=numbers)
    for row in rows:
        if row["kind"] != "pattern" and not any(row[name] for name in ("ours", "apps", "waiting", "in_flight")):
            continue
        listed.add_row(
            row["pattern"] or _KINDS[row["kind"]],
            "-" if row["percent"] is None else _share(row["percent"]),
            str(row["ours"]),
            _rate(row["ours_failed"], row["ours"]),
            str(row["apps"]),
            _rate(row["apps_failed"], row["apps"]),
            str(row["waiting"]),
            str(row["in_flight"]),
        )
    if listed.row_count:
        console().print(listed)
    console().print(step)


def _stage(rows: list[dict[str, Any]]) -> str:
    shares = [row["percent"] for row in rows if row["kind"] == "pattern"]
    if not any(shares):
        return "nothing"
    is_all = all(share == 100 for share in shares) and any(row["pattern"] == "*" for row in rows)
    return "all" if is_all else "some"


def _share(percent: Any) -> str:
    return f"{Decimal(str(percent)).normalize():f} %"


def _rate(failed: int, count: int) -> str:
    return f"{100 * failed / count:.1f} %" if count else "-"


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}
