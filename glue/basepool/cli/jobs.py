"""`basepool run-job`."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from basepool import config, log
from basepool.cli.show import as_json, json_out
from basepool.database import Database
from basepool.replicate import Replicate
from basepool.work.jobs import GLUE_JOBS
from basepool.work.jobs import run_job as run

_HELP = f"""\
Run a job now, one batch of it: {", ".join(GLUE_JOBS)} here in the glue, any other in the database, which names those there
are when it does not know one. Exit status 1 if it failed."""


@click.command("run-job", help=_HELP, epilog="Example: basepool run-job reconcile")
@click.argument("job")
@as_json
def run_job(job: str, is_json: bool) -> int:
    """Run a job of the database, or of the glue, now."""
    done = asyncio.run(_run(job))
    if is_json:
        json_out(done)
    else:
        did = ", ".join(f"{key} {value}" for key, value in (done["result"] or {}).items())
        click.echo(f"{job}: {did or done['error'] or 'nothing to do'}")
    return 0 if done["ok"] else 1


async def _run(job: str) -> dict[str, Any]:
    settings = config.load()
    log.configure(settings)
    async with Database.open(settings) as database, Replicate(settings) as replicate:
        return await run(job, "cli", database, replicate, settings)
