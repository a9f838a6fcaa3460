"""`basepool run-job`."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import click

from basepool import config, log
from basepool.cli.show import as_json, json_out, with_database
from basepool.database import Database
from basepool.replicate import Replicate
from basepool.work.dispatch import cancel_once
from basepool.work.probe import probe_once
from basepool.work.reconcile import reconcile_once

_GLUE_JOBS = ("cancel", "probe", "reconcile")


@click.command("run-job", epilog="Example: basepool run-job reconcile")
@click.argument("job")
@as_json
def run_job(job: str, is_json: bool) -> int:
    """Run a job now: cleanup, delete-old, prune or rollup in the database; reconcile (ask Replicate for what is silent, and
    look for what was lost), cancel or probe in the glue, one batch each. Exit status 1 if it failed."""
    done: dict[str, Any]
    if job in _GLUE_JOBS:
        done = {"job": job, "ok": True, "result": asyncio.run(_run(job)), "error": None}
    else:
        done = with_database(lambda database: database.run_job(job=job, trigger="cli"))
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
        if job == "reconcile":
            return dataclasses.asdict(await reconcile_once(database, replicate, settings))
        work = {"cancel": cancel_once, "probe": probe_once}[job]
        return {"asked": await work(database, replicate, settings)}
