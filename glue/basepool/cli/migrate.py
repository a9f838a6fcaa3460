"""`basepool migrate`."""

from __future__ import annotations

from pathlib import Path

import click

from basepool import config, log
from basepool import migrate as runner
from basepool.cli.show import person


@click.command(epilog="Example: DATABASE_URL=postgresql://postgres@localhost/app basepool migrate --dry-run")
@click.option("--dry-run", is_flag=True, help="Print what would be done, change nothing.")
@click.option("--dump-sql", is_flag=True, help="Print the pending work as one script, for Supabase's SQL editor.")
@click.option(
    "--db-dir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where migrations and functions are.",
)
def migrate(dry_run: bool, dump_sql: bool, db_dir: Path | None) -> None:
    """Bring the database up to this checkout: migrations once each, functions when they changed, then the jobs.

    Connects as the owner of the schema, directly or through a pooler. Two at once wait for each other.
    """
    settings = config.load()
    log.configure(settings)
    if dry_run and dump_sql:
        raise click.UsageError("--dry-run and --dump-sql exclude each other")
    runner.migrate(
        settings.conninfo,
        dry_run=dry_run,
        dump_sql=dump_sql,
        db_dir=db_dir,
        application_name=person(),
        echo=click.echo,
    )
