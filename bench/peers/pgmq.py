"""pgmq: its SQL, as its Python client ships it, called by asyncpg. read, then delete or archive, two commits as documented."""

from __future__ import annotations

import asyncio
import json

import asyncpg
import uvloop
from pgmq.install import get_embedded_install_sql

from bench.peers.driver import Rate, Task, main, measure, payload, share

_QUEUE = "bench"
_INVISIBLE_SECONDS = 60
_FILL = 500


class Pgmq:
    """`finish` says how a message ends: delete forgets it, archive keeps it as the other peers' history does."""

    def __init__(self, pool: asyncpg.Pool, task: Task, finish: str) -> None:
        self._pool = pool
        self._task = task
        self._end = f"select pgmq.{finish}($1::text, $2::bigint[])"

    async def submit(self, jobs: int) -> None:
        """send or send_batch."""
        await self._send(jobs, self._task.clients, self._task.batch)

    async def fill(self, jobs: int) -> None:
        """send_batch."""
        await self._send(jobs, 4, _FILL)

    async def _send(self, jobs: int, clients: int, batch: int) -> None:
        async def send(_: int, numbers: list[int]) -> None:
            messages = [json.dumps(payload(number)) for number in numbers]
            async with self._pool.acquire() as connection:
                if batch == 1:
                    await connection.fetch("select pgmq.send($1::text, $2::jsonb)", _QUEUE, messages[0])
                else:
                    await connection.fetch("select pgmq.send_batch($1::text, $2::jsonb[])", _QUEUE, messages)

        await share(jobs, clients, batch, send)

    async def finish(self, jobs: int) -> None:
        """Each client reads a batch and ends it, until nothing is left."""

        async def work() -> int:
            done = 0
            async with self._pool.acquire() as connection:
                while messages := await connection.fetch(
                    "select msg_id, message from pgmq.read($1::text, $2, $3)",
                    _QUEUE,
                    _INVISIBLE_SECONDS,
                    self._task.batch,
                ):
                    for message in messages:
                        json.loads(message["message"])
                    await connection.fetch(self._end, _QUEUE, [message["msg_id"] for message in messages])
                    done += len(messages)
            return done

        done = sum(await asyncio.gather(*(work() for _ in range(self._task.clients))))
        assert done == jobs, f"{done} of {jobs} were done"

    async def settle(self) -> None:
        """vacuum analyze."""
        async with self._pool.acquire() as connection:
            await connection.execute("vacuum analyze")


async def run(task: Task) -> Rate:
    """A task whose operation is submit, finish (archive) or finish-delete."""
    operation, _, end = task.operation.partition("-")
    task = Task(task.url, operation, task.clients, task.batch, task.seconds)
    async with asyncpg.create_pool(task.url, min_size=task.clients, max_size=task.clients) as pool:
        async with pool.acquire() as connection:
            await connection.execute(get_embedded_install_sql())
            await connection.execute("select pgmq.create($1)", _QUEUE)
        return await measure(Pgmq(pool, task, end or "archive"), task)


if __name__ == "__main__":
    uvloop.install()
    main(run)
