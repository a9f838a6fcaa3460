"""Absurd: absurdctl installs its SQL; its SDK spawns one by one, its worker claims in batches and completes one by one."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from absurd_sdk import AsyncAbsurd

from bench.peers.driver import Rate, Task, main, measure, payload, share

_QUEUE = "bench"
_SPAWNERS = 8
_POLL_SECONDS = 0.05


class Absurd:
    """`clients` is the worker's concurrency, over one connection: the SDK has no pool."""

    def __init__(self, worker: AsyncAbsurd, spawners: list[AsyncAbsurd], task: Task) -> None:
        self._worker = worker
        self._spawners = spawners
        self._task = task
        self._seen = 0
        self._expected = 0
        self._first = 0.0
        for client in (worker, *spawners):
            client.register_task(name="noop")(self._do)

    async def _do(self, *_: object) -> None:
        self._first = self._first or time.perf_counter()
        self._seen += 1
        if self._seen == self._expected:
            self._worker.stop_worker()

    async def submit(self, jobs: int) -> None:
        """spawn; there is no form for many."""
        await self.fill(jobs)

    async def fill(self, jobs: int) -> None:
        """spawn over several connections."""

        async def spawn(client: int, numbers: list[int]) -> None:
            await self._spawners[client].spawn("noop", payload(numbers[0]))

        await share(jobs, len(self._spawners), 1, spawn)

    async def finish(self, jobs: int) -> float:
        """start_worker, until the last one has been done."""
        self._seen, self._expected, self._first = 0, jobs, 0.0
        await self._worker.start_worker(
            concurrency=self._task.clients,
            batch_size=max(self._task.batch, self._task.clients),
            poll_interval=_POLL_SECONDS,
        )
        assert self._seen == jobs, f"{self._seen} of {jobs} were done"
        return self._first

    async def settle(self) -> None:
        """vacuum analyze."""
        async with await psycopg.AsyncConnection.connect(self._task.url, autocommit=True) as connection:
            await connection.execute("vacuum analyze")


async def _connect(url: str) -> AsyncAbsurd:
    return AsyncAbsurd(await psycopg.AsyncConnection.connect(url, autocommit=True), queue_name=_QUEUE)


async def run(task: Task) -> Rate:
    """Install its schema, then measure."""
    absurdctl = Path(sys.executable).with_name("absurdctl")
    command = [str(absurdctl), "init", "-d", task.url]
    await asyncio.to_thread(subprocess.run, command, check=True, stdout=subprocess.DEVNULL)
    worker = await _connect(task.url)
    await worker.create_queue(_QUEUE)
    return await measure(Absurd(worker, [await _connect(task.url) for _ in range(_SPAWNERS)], task), task)


if __name__ == "__main__":
    main(run)
