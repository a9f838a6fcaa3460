"""`basepool work`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import click

from basepool import config, log
from basepool.work.worker import work as run_worker


@click.command(epilog="Example: basepool work --concurrency 50")
@click.option("--once", is_flag=True, help="Exit when nothing waits and nothing runs, or no token is usable.")
@click.option(
    "--concurrency", type=click.IntRange(1, 1000), help="Calls to Replicate at once (WORKER_CONCURRENCY, 20)."
)
@click.option("--grace", type=click.FloatRange(0, 600), help="Seconds for calls under way after SIGTERM (30).")
def work(once: bool, concurrency: int | None, grace: float | None) -> None:
    """Send waiting generations to Replicate, until SIGTERM.

    Any number of workers may run, on any number of machines. One that is told to stop lets its calls finish; told twice, it
    does not. Needs DATABASE_URL; with PUBLIC_URL results come by webhook to basepool serve, without it they are polled.
    """
    given: dict[str, Any] = {"worker_concurrency": concurrency, "worker_grace_seconds": grace}
    settings = config.load().model_copy(update={name: value for name, value in given.items() if value is not None})
    log.configure(settings)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run_worker(settings, until_empty=once))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, which costs less; it is not to be had on Windows."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
