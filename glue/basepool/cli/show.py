"""How commands show things: tables that align, times that people read, and JSON for machines."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import shutil
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar

import click
from rich import box
from rich.console import Console
from rich.table import Table

from basepool import config, incidents, log
from basepool.database import Database
from basepool.redaction import redact

T = TypeVar("T")


class _Duration(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A time such as 30m, 1h, 7d."""

    name = "duration"
    _UNITS: ClassVar = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        match = re.fullmatch(r"(\d{1,6})([smhd])", str(value))
        if not match:
            self.fail(f"{value!r} is no time: write a number and s, m, h or d, for example 30m, 1h, 7d", param, ctx)
        return timedelta(**{self._UNITS[match[2]]: int(match[1])})


class _Until(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A time to come: how long from now (2h), or when (2026-12-24T06:00, of here unless it says otherwise)."""

    name = "until"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return datetime.fromisoformat(str(value)).astimezone()
        except (ValueError, OverflowError):
            pass
        try:
            return datetime.now(UTC) + DURATION.convert(value, param, ctx)
        except (click.BadParameter, OverflowError):
            self.fail(f"{value!r} is no time: write how long, as 30m or 2h, or when, as 2026-12-24T06:00", param, ctx)


DURATION = _Duration()
UNTIL = _Until()
as_json = click.option("--json", "is_json", is_flag=True, help="Print JSON for machines.")


def with_database(work: Callable[[Database], Awaitable[T]]) -> T:
    """Run `work` with a database opened from the environment. Raises BasepoolError."""
    settings = config.load()
    log.configure(settings)

    async def run() -> T:
        async with Database.open(settings) as database:
            return await work(database)

    with incidents.unsaid():
        return asyncio.run(run())


def console() -> Console:
    """A console as wide as the terminal, and wide enough for tables where there is none."""
    width = shutil.get_terminal_size((140, 24)).columns if sys.stdout.isatty() else 140
    # what is shown is text of others: brackets and colons in it mean nothing
    return Console(width=width, highlight=False, markup=False, emoji=False)


class _Table(Table):
    """What stands in it may be anybody's text, and must not steer the terminal it is shown on."""

    def add_row(self, *cells: Any, **options: Any) -> None:
        super().add_row(*(printable(cell) if isinstance(cell, str) else cell for cell in cells), **options)


def printable(text: str) -> str:
    """A text without secrets, and without what steers a terminal or the direction of writing; its lines stay lines."""
    return "".join(
        each if each.isprintable() or each in "\n\u3000\u00a0" else "?" for each in redact(text.expandtabs(4))
    )


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table with these columns; those in `right` hold numbers."""
    made = _Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def json_out(value: Any) -> None:
    """Print `value` (dataclasses and times too) as JSON."""

    def encode(item: Any) -> Any:
        return dataclasses.asdict(item) if dataclasses.is_dataclass(item) and not isinstance(item, type) else str(item)

    click.echo(json.dumps(value, default=encode, ensure_ascii=False, indent=2))


def when(moment: datetime | str | None) -> str:
    """A time as people say it: `12 s ago`, `in 5 min`, `-`."""
    if moment is None:
        return "-"
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    seconds = (moment - datetime.now(UTC)).total_seconds()
    text = duration(abs(seconds))
    return f"in {text}" if seconds > 0 else f"{text} ago"


def duration(seconds: float) -> str:
    """Seconds as people say them: `42 s`, `3 min`, `2 h`, `5 d`."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
