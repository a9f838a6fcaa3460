"""`basepool run-job`."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from basepool import config, log
from basepool.cli.show import as_json, console, json_out, person, table, when, with_database
from basepool.database import Database
from basepool.replicate import Replicate
from basepool.work.jobs import GLUE_JOBS
from basepool.work.jobs import run_job as run


@click.command("run-job", epilog="Example: basepool run-job reconcile")
@click.argument("job", required=False)
@as_json
def run_job(job: str | None, is_json: bool) -> int:
    """Run a job of the database, or of the glue, now: one batch of it. Without JOB, list them all.

    Exit status 1 if it failed.
    """
    if job is None:
        _list(is_json)
        return 0
    done = asyncio.run(_run(job))
    if is_json:
        json_out(done)
    else:
        did = ", ".join(f"{key} {value}" for key, value in (done["result"] or {}).items())
        click.echo(f"{job}: {did or done['error'] or 'nothing to do'}")
    return 0 if done["ok"] else 1


def _list(is_json: bool) -> None:
    found = with_database(lambda database: database.list_jobs())
    if is_json:
        json_out(found)
        return
    listed = table("job", "runs in", "schedule (UTC)", "last run", "ok", "what it does")
    for each in found:
        well = {True: "yes", False: "NO", None: "-"}[each["ok"]]
        listed.add_row(
            each["name"], each["runs_in"], each["schedule"] or "-", when(each["last_run"]), well, each["does"]
        )
    console().print(listed)


async def _run(job: str) -> dict[str, Any]:
    settings = config.load()
    log.configure(settings)
    async with (
        Database.open(settings, application_name=person()) as database,
        Replicate(settings) as replicate,
    ):
        if job in GLUE_JOBS:
            # those of the database say it themselves
            await database.record_command(action="run-job", target=job)
        return await run(job, "cli", database, replicate, settings)
