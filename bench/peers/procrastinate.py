"""procrastinate: defer or batch_defer; its worker takes and finishes jobs one by one, here without LISTEN, and keeps them."""

from __future__ import annotations

import time
from typing import Any

import procrastinate
import psycopg

from bench.peers.driver import Rate, Task, main, measure, payload, share

_FILL = 500


class Procrastinate:
    """`clients` is the worker's concurrency."""

    def __init__(self, app: procrastinate.App, task: Task) -> None:
        self._app = app
        self._task = task
        self._seen = 0
        self._first = 0.0
        self._noop = app.task(name="noop")(self._do)

    async def _do(self, **_: Any) -> None:
        self._first = self._first or time.perf_counter()
        self._seen += 1

    async def submit(self, jobs: int) -> None:
        """defer_async or batch_defer_async."""
        await self._defer(jobs, self._task.clients, self._task.batch)

    async def fill(self, jobs: int) -> None:
        """batch_defer_async."""
        await self._defer(jobs, 4, _FILL)

    async def _defer(self, jobs: int, clients: int, batch: int) -> None:
        async def defer(_: int, numbers: list[int]) -> None:
            if batch == 1:
                await self._noop.defer_async(**payload(numbers[0]))
            else:
                await self._noop.batch_defer_async(*[payload(number) for number in numbers])

        await share(jobs, clients, batch, defer)

    async def finish(self, jobs: int) -> float:
        """run_worker until nothing waits."""
        self._seen, self._first = 0, 0.0
        await self._app.run_worker_async(
            wait=False,
            concurrency=self._task.clients,
            listen_notify=False,
            install_signal_handlers=False,
            delete_jobs="never",
        )
        assert self._seen == jobs, f"{self._seen} of {jobs} were done"
        return self._first

    async def settle(self) -> None:
        """vacuum analyze."""
        async with await psycopg.AsyncConnection.connect(self._task.url, autocommit=True) as connection:
            await connection.execute("vacuum analyze")


async def run(task: Task) -> Rate:
    """Apply its schema, then measure."""
    connector = procrastinate.PsycopgConnector(conninfo=task.url, min_size=8, max_size=16)
    app = procrastinate.App(connector=connector)
    driver = Procrastinate(app, task)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        return await measure(driver, task)


if __name__ == "__main__":
    main(run)
