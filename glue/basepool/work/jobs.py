"""One way to run a job, whoever asks: those of the glue are here, those of the database are known to the database."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

from basepool.config import Settings
from basepool.database import Database
from basepool.replicate import Replicate
from basepool.store.keep import keep_once
from basepool.store.stores import opened
from basepool.work.alert import alert_once
from basepool.work.dispatch import cancel_once, dispatch_once
from basepool.work.probe import probe_once
from basepool.work.reconcile import reconcile_once


async def dispatch(database: Database, replicate: Replicate, settings: Settings) -> dict[str, Any]:
    """Send what waits, up to `worker_concurrency`. Raises BasepoolError if the claim fails."""
    outcome = await dispatch_once(database, replicate, settings, limit=settings.worker_concurrency)
    # why the pool is dead is for who asks for it, not for who calls a webhook
    return {key: value for key, value in dataclasses.asdict(outcome).items() if key != "reason"}


async def _reconcile(database: Database, replicate: Replicate, settings: Settings) -> dict[str, Any]:
    return dataclasses.asdict(await reconcile_once(database, replicate, settings))


async def _cancel(database: Database, replicate: Replicate, settings: Settings) -> dict[str, Any]:
    return {"asked": await cancel_once(database, replicate, settings)}


async def _store(database: Database, replicate: Replicate, settings: Settings) -> dict[str, Any]:
    return await keep(database, settings, settings.store_job_seconds)


async def keep(database: Database, settings: Settings, seconds: float) -> dict[str, Any]:
    """Copy outputs into the store, for so long at most; what is not done by then waits for the next. Raises BasepoolError."""
    async with opened(settings) as store:
        return await keep_once(database, settings, store, deadline=asyncio.get_running_loop().time() + seconds)


async def _probe(database: Database, replicate: Replicate, settings: Settings) -> dict[str, Any]:
    return {"asked": await probe_once(database, replicate, settings)}


async def _alert(database: Database, replicate: Replicate, settings: Settings) -> dict[str, Any]:
    return {"sent": await alert_once(database, settings)}


GLUE_JOBS: dict[str, Callable[[Database, Replicate, Settings], Awaitable[dict[str, Any]]]] = {
    "dispatch": dispatch,
    "reconcile": _reconcile,
    "cancel": _cancel,
    "probe": _probe,
    "store": _store,
    "alert": _alert,
}
"""The jobs that need the network, one bounded batch each. basepool.jobs has the same, and those of the database."""


async def run_job(
    job: str, trigger: str, database: Database, replicate: Replicate, settings: Settings
) -> dict[str, Any]:
    """Run a job now. Returns {job, ok, result, error}. Raises UnknownJob, and BasepoolError if a job of the glue fails."""
    if job not in GLUE_JOBS:
        return await database.run_job(job=job, trigger=trigger)
    return {"job": job, "ok": True, "result": await GLUE_JOBS[job](database, replicate, settings), "error": None}
