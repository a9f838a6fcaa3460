"""`basepool run-job`."""

from __future__ import annotations

import click

from glue.cli.show import as_json, json_out, with_database


@click.command("run-job", epilog="Example: basepool run-job cleanup")
@click.argument("job")
@as_json
def run_job(job: str, is_json: bool) -> int:
    """Run a job of the database now: cleanup, delete-old, prune or rollup. Exit status 1 if it failed."""
    done = with_database(lambda database: database.run_job(job=job, trigger="cli"))
    if is_json:
        json_out(done)
    else:
        did = ", ".join(f"{key} {value}" for key, value in (done["result"] or {}).items())
        click.echo(f"{job}: {did or done['error'] or 'nothing to do'}")
    return 0 if done["ok"] else 1
