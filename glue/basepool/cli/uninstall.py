"""`basepool uninstall`: out of the database again."""

from __future__ import annotations

import sys

import click

from basepool import config, log
from basepool import uninstall as leaving
from basepool.cli.show import person, printable
from basepool.errors import UsageError


@click.command(epilog="Example: DATABASE_URL=postgresql://postgres@localhost/app basepool uninstall --dry-run")
@click.option("--dry-run", is_flag=True, help="Only say whether it could be done, and what would be.")
@click.option("--dump-sql", is_flag=True, help="Print it as SQL to run with psql or paste; no database is asked.")
@click.option("--keep-columns", is_flag=True, help="Leave our columns in the app's tables, with what is in them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def uninstall(dry_run: bool, dump_sql: bool, keep_columns: bool, yes: bool) -> None:
    """Take basepool out of the database: the app's tables, rights and functions as they were before it came.

    Connects as the owner. It refuses while something runs or waits here, or something of the app leans on it. The history of
    attempts, the statistics and the settings go; generations and tokens stay, secrets come back from Vault. What was
    interrupted is finished by the next run. Stop `basepool work` and `basepool serve` first.
    """
    settings = config.load()
    log.configure(settings)
    if dry_run and dump_sql:
        raise click.UsageError("--dry-run and --dump-sql exclude each other")
    if dump_sql:
        click.echo(leaving.dump(keep_columns=keep_columns))
        return
    if not (yes or dry_run):
        name = printable(leaving.database_name(settings.conninfo))
        if not sys.stdin.isatty():
            raise UsageError(f"nobody is there to say whether basepool shall go from {name}", "Pass --yes.")
        columns = "" if keep_columns else " and its columns"
        click.confirm(
            f"Take basepool out of the database {name}? The schema basepool with its history{columns} will be gone.",
            abort=True,
            err=True,
        )
    leaving.uninstall(
        settings.conninfo,
        keep_columns=keep_columns,
        dry_run=dry_run,
        application_name=person(),
        echo=click.echo,
    )
