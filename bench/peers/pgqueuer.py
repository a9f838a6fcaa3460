"""PgQueuer: enqueue takes lists; the worker drains the queue in batches on asyncpg and uvloop, and logs what is done."""

from __future__ import annotations

import json
import time

import asyncpg
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

from bench.peers.driver import Rate, Task, main, measure, payload, share

_FILL = 500


class Queuer:
    """One worker process has one loop and one connection, so `clients` count for submits only."""

    def __init__(self, queries: list[Queries], task: Task) -> None:
        self._queries = queries
        self._task = task

    async def submit(self, jobs: int) -> None:
        """enqueue, of one or of a list."""
        await self._enqueue(jobs, self._task.clients, self._task.batch)

    async def fill(self, jobs: int) -> None:
        """enqueue of lists."""
        await self._enqueue(jobs, 1, _FILL)

    async def _enqueue(self, jobs: int, clients: int, batch: int) -> None:
        async def enqueue(client: int, numbers: list[int]) -> None:
            payloads = [json.dumps(payload(number)).encode() for number in numbers]
            await self._queries[client].enqueue(["noop"] * len(numbers), payloads, [0] * len(numbers))

        await share(jobs, clients, batch, enqueue)

    async def finish(self, jobs: int) -> float:
        """run in drain mode: it ends when the queue is empty."""
        connection = await asyncpg.connect(self._task.url)
        worker = PgQueuer(AsyncpgDriver(connection))
        seen = 0
        first = 0.0

        async def noop(job: object) -> None:
            nonlocal seen, first
            first = first or time.perf_counter()
            seen += 1

        worker.entrypoint("noop")(noop)
        await worker.run(mode=QueueExecutionMode.drain, batch_size=self._task.batch)
        assert seen == jobs, f"{seen} of {jobs} were done"
        if not connection.is_closed():
            await connection.close()
        return first

    async def settle(self) -> None:
        """vacuum analyze."""
        connection = await asyncpg.connect(self._task.url)
        await connection.execute("vacuum analyze")
        await connection.close()


async def run(task: Task) -> Rate:
    """Install its tables, then measure."""
    connections = [await asyncpg.connect(task.url) for _ in range(task.clients)]
    queries = [Queries(AsyncpgDriver(connection)) for connection in connections]
    await queries[0].install()
    return await measure(Queuer(queries, task), task)


if __name__ == "__main__":
    uvloop.install()
    main(run)
