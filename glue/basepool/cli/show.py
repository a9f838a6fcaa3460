"""How commands show things: tables that fit the terminal, times that people read, and JSON for machines."""

from __future__ import annotations

import asyncio
import dataclasses
import getpass
import json
import re
import shutil
import socket
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar

import click
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.text import Text

from basepool import config, incidents, log
from basepool.database import Database
from basepool.redaction import redact

T = TypeVar("T")

_GAP = 2
_TEXT = 24
"""What is longer and has blanks is a text: it may be wrapped, to no less than this. All else stays whole."""
_WORD = 40
"""Longer words of a text are broken; no id is so long."""
_PAIR = 36
"""Longer ones have a line of their own under their row."""


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


def person() -> str:
    """Who gives the command, as the database is to know it."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = "somebody"
    return f"basepool {name}@{socket.gethostname()}"


def with_database(work: Callable[[Database], Awaitable[T]]) -> T:
    """Run `work` with a database opened from the environment. Raises BasepoolError."""
    settings = config.load()
    log.configure(settings)

    async def run() -> T:
        async with Database.open(settings, application_name=person()) as database:
            return await work(database)

    with incidents.unsaid():
        return asyncio.run(run())


def console() -> Console:
    """A console as wide as the terminal (or COLUMNS), and wide enough for most tables where there is none."""
    width = max(_WORD, shutil.get_terminal_size((140, 24)).columns)
    # what is shown is text of others: brackets and colons in it mean nothing
    return Console(width=width, highlight=False, markup=False, emoji=False)


class Table:
    """Rows under headings, in whatever width there is. Texts are wrapped first; where that is not enough, what does not fit
    goes under its row, each value with its heading. Ids, numbers and headings stay whole. What stands in it may be anybody's
    text, and must not steer the terminal it is shown on."""

    def __init__(self, headings: tuple[str, ...], right: tuple[str, ...]) -> None:
        self.show_header = True
        self._headings = headings
        self._right = {number for number, heading in enumerate(headings) if heading in right}
        self._rows: list[list[str]] = []

    @property
    def row_count(self) -> int:
        """How many rows it has."""
        return len(self._rows)

    def add_row(self, *cells: str) -> None:
        """A row; a cell may have lines."""
        self._rows.append([printable(cell) for cell in cells] + [""] * (len(self._headings) - len(cells)))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        width = options.max_width
        natural = [self._natural(number) for number in range(len(self._headings))]
        least = [self._least(number, natural[number]) for number in range(len(self._headings))]
        spare = width - sum(least) - _GAP * (len(least) - 1)
        if spare >= 0:
            for number, wanted in enumerate(natural):
                more = min(spare, wanted - least[number])
                least[number], spare = least[number] + more, spare - more
            columns = list(range(len(least)))
            below: list[int] = []
        else:
            columns, below = self._choose(natural, width)
            least = [min(natural[number], width) for number in columns]
        lines: list[str] = []
        if self.show_header:
            lines += self._lines(console, columns, least, list(self._headings))
            lines.append("─" * (sum(least) + _GAP * (len(least) - 1)))
        for row in self._rows:
            lines += self._lines(console, columns, least, row)
            lines += self._pairs(console, [(self._headings[number], row[number]) for number in below], width)
        for line in lines:
            yield Text(line.rstrip(), no_wrap=True, overflow="ignore")
        yield Text("")

    def _natural(self, number: int) -> int:
        cells = [row[number] for row in self._rows] + [self._headings[number]] * self.show_header
        return max((cell_len(line) for cell in cells for line in cell.split("\n")), default=0)

    def _least(self, number: int, natural: int) -> int:
        """How narrow a column may get."""
        if not self._is_text(number, natural):
            return natural
        words = [word for row in self._rows for word in row[number].split()]
        longest = max((cell_len(word) for word in words), default=0)
        return min(natural, max(_TEXT, min(_WORD, longest), cell_len(self._headings[number])))

    def _is_text(self, number: int, natural: int) -> bool:
        return natural > _WORD or (natural > _TEXT and any(" " in row[number] for row in self._rows))

    def _choose(self, natural: list[int], width: int) -> tuple[list[int], list[int]]:
        """The columns that fit beside the first one, whatever is short before what is a text, and those that do not."""
        columns, used = [0], natural[0]
        for number in range(1, len(natural)):
            if not self._is_text(number, natural[number]) and used + _GAP + natural[number] <= width:
                columns.append(number)
                used += _GAP + natural[number]
        return columns, [number for number in range(len(natural)) if number not in columns]

    def _lines(self, console: Console, columns: list[int], widths: list[int], row: list[str]) -> Iterator[str]:
        cells = [_wrap(console, row[number], width) for number, width in zip(columns, widths, strict=True)]
        for at in range(max(map(len, cells))):
            parts = []
            for number, width, cell in zip(columns, widths, cells, strict=True):
                text = cell[at] if at < len(cell) else ""
                blanks = " " * (width - cell_len(text))
                parts.append(blanks + text if number in self._right else text + blanks)
            yield (" " * _GAP).join(parts)

    @staticmethod
    def _pairs(console: Console, pairs: list[tuple[str, str]], width: int) -> Iterator[str]:
        """What goes under a row: short pairs side by side, each text for itself. What says nothing is left out."""
        indent, line = " " * 4, ""
        for heading, value in pairs:
            if value in ("", "-"):
                continue
            text = f"{heading}: {value}" if heading else value
            if cell_len(text) <= _PAIR and "\n" not in text:
                joined = f"{line}   {text}" if line else text
                if cell_len(indent + joined) <= width:
                    line = joined
                    continue
                yield indent + line
                line = text
                continue
            if line:
                yield indent + line
                line = ""
            for number, part in enumerate(_wrap(console, text, width - 6)):
                yield indent + "  " * bool(number) + part
        if line:
            yield indent + line


def _wrap(console: Console, text: str, width: int) -> list[str]:
    return [line.plain for line in Text(text).wrap(console, max(1, width), overflow="fold")] or [""]


def printable(text: str) -> str:
    """A text without secrets, and without what steers a terminal or the direction of writing; its lines stay lines."""
    return "".join(
        each if each.isprintable() or each in "\n\u3000\u00a0" else "?" for each in redact(text.expandtabs(4))
    )


def one_line(text: str) -> str:
    """The same in one line."""
    return " ".join(printable(text).split())


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table with these columns; those in `right` hold numbers."""
    return Table(columns, right)


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
