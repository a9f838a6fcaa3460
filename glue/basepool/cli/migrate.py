"""`basepool migrate` and `basepool migrations`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from basepool import config, log, paste
from basepool import migrate as runner
from basepool.cli.show import person

F = TypeVar("F", bound=Callable[..., object])

_DB_DIR = click.option(
    "--db-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where migrations and functions are.",
)


def _kinds(command: F) -> F:
    """--adopt and --new, which exclude each other."""
    command = click.option("--new", is_flag=True, help="For a database that has no generations yet.")(command)
    return click.option("--adopt", is_flag=True, help="For a database that has generations already.")(command)


def _kind(adopt: bool, new: bool) -> paste.Kind | None:
    if adopt and new:
        raise click.UsageError("--adopt and --new exclude each other")
    return "adopt" if adopt else "new" if new else None


@click.command(epilog="Example: DATABASE_URL=postgresql://postgres@localhost/app basepool migrate --dry-run")
@click.option("--dry-run", is_flag=True, help="Print what would be done and what stands in the way, change nothing.")
@click.option("--dump-sql", is_flag=True, help="Print the pending work as SQL to paste, in parts.")
@click.option(
    "--patience",
    type=click.FloatRange(0, 86_400),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long a table that is in use is asked for again.",
)
@_kinds
@click.option("--part", type=int, help="Print this part of it only.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write the parts into this folder.")
@_DB_DIR
def migrate(
    dry_run: bool,
    dump_sql: bool,
    patience: float,
    adopt: bool,
    new: bool,
    part: int | None,
    out: Path | None,
    db_dir: Path | None,
) -> None:
    """Bring the database up to this checkout: migrations once each, functions when they changed, then the jobs.

    Connects as the owner of the schema, directly or through a pooler. Two at once wait for each other. With --dump-sql and
    --adopt or --new no database is asked: it prints everything, and what is there already is skipped when it runs.
    """
    settings = config.load()
    log.configure(settings)
    kind = _kind(adopt, new)
    if dry_run and dump_sql:
        raise click.UsageError("--dry-run and --dump-sql exclude each other")
    if not dump_sql and (kind or part is not None or out):
        raise click.UsageError("--adopt, --new, --part and --out belong to --dump-sql")
    if part is not None and out:
        raise click.UsageError("--part and --out exclude each other")
    if dump_sql:
        paste.dump(settings.conninfo, kind=kind, db_dir=db_dir, part=part, out=out, echo=click.echo)
        return
    runner.migrate(
        settings.conninfo,
        dry_run=dry_run,
        db_dir=db_dir,
        patience_seconds=patience,
        application_name=person(),
        echo=click.echo,
    )


@click.group()
def migrations() -> None:
    """What `basepool migrate` does, as files for Supabase's CLI."""


@migrations.command(epilog="Example: basepool migrations export --adopt")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("supabase/migrations"),
    show_default=True,
    help="The folder.",
)
@_kinds
@_DB_DIR
def export(out: Path, adopt: bool, new: bool, db_dir: Path | None) -> None:
    """Write what the folder lacks, with timestamps of now, for `supabase db push`. No file that is there is changed."""
    paste.export(out, kind=_kind(adopt, new), db_dir=db_dir, echo=click.echo)
