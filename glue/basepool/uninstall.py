"""Takes basepool out of a database again, by the steps of db/uninstall.sql, which each do nothing where it is done already."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg import errors as pg
from psycopg.rows import tuple_row

from basepool.errors import MissingPrivilege, SetupError, from_database
from basepool.version import DB_DIR

Echo = Callable[[str], None]

_FILE = "uninstall.sql"
_STEP = re.compile(r"^-- Step: (.+)\n", re.M)
_KEEP = "select set_config('basepool.keep_columns', 'on', true);"
_SAID = "basepool: "


@dataclass(frozen=True)
class Step:
    """One transaction."""

    does: str
    text: str


def steps() -> list[Step]:
    """Those of the file. Raises SetupError."""
    try:
        parts = _STEP.split((DB_DIR / _FILE).read_text(encoding="utf-8"))
    except OSError as error:
        raise SetupError(f"can't read db/{_FILE}: {error.strerror}", "Restore the file.") from None
    return [Step(does, text) for does, text in zip(parts[1::2], parts[2::2], strict=True)]


def dump(*, keep_columns: bool = False) -> str:
    """The same as one script, for psql or an SQL editor."""
    lines = ["-- Takes basepool out of this database, as the owner. Running it again finishes what was interrupted.\n"]
    for step in steps():
        keep = f"{_KEEP}\n" if keep_columns else ""
        lines.append(f"-- {step.does}\nbegin;\n{keep}{step.text.strip()}\ncommit;\n")
    return "\n".join(lines)


def database_name(url: str) -> str:
    """Which database it is, for a question. Raises DatabaseUnreachable, DatabaseRefused."""
    try:
        with psycopg.connect(url, connect_timeout=10, row_factory=tuple_row) as connection:
            return connection.info.dbname
    except psycopg.Error as error:
        raise from_database(error) from None


def uninstall(
    url: str,
    *,
    keep_columns: bool = False,
    dry_run: bool = False,
    application_name: str | None = None,
    echo: Echo = print,
) -> None:
    """Do it at `url`, as its owner, and say of each step what was done; with `dry_run`, only whether it could be.

    Raises StillRunning, StillNeeded, DatabaseBusy, DatabaseUnreachable, DatabaseRefused, MissingPrivilege.
    """
    look, *others = steps()
    try:
        with psycopg.connect(
            url,
            autocommit=True,
            prepare_threshold=None,
            connect_timeout=10,
            application_name=application_name,
        ) as connection:
            connection.add_notice_handler(lambda said: _say(said, echo))
            for step in [look] if dry_run else [look, *others]:
                with connection.transaction():
                    if keep_columns:
                        connection.execute(_KEEP)
                    connection.execute(step.text.encode())
            if dry_run:
                for step in others:
                    echo(f"would {step.does}")
    except pg.InsufficientPrivilege as error:
        raise MissingPrivilege(str(error.diag.message_primary), "Connect as the owner, as for migrate.") from None
    except psycopg.Error as error:
        raise from_database(error) from None


def _say(said: psycopg.errors.Diagnostic, echo: Echo) -> None:
    """Ours only: Postgres says what a cascade takes."""
    text = said.message_primary or ""
    if text.startswith(_SAID):
        echo(text.removeprefix(_SAID))
