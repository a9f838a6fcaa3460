"""How a contestant is driven, the same for all: so many jobs that they take about as long as asked for, all of them counted.

A Python peer is a module beside this one that ends in `main(run)`; it runs in the peers' own environment and knows nothing of
the product. `driver.mjs` is the same for Node.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict, dataclass
from typing import Any, Protocol

_WARM_UP = 100
_WARM_UP_IN_BATCHES = 1_000
_MOST = 100_000


@dataclass(frozen=True)
class Task:
    """What is measured: `submit` or `finish`, with how many clients, how many jobs a call, for about how long."""

    url: str
    operation: str
    clients: int
    batch: int
    seconds: float

    def arguments(self) -> str:
        """For the command line of a driver."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Rate:
    """What came out."""

    jobs: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Jobs a second."""
        return self.jobs / self.seconds


class Driver(Protocol):
    """A contestant."""

    async def submit(self, jobs: int) -> None:
        """Submit `jobs` the way the task says."""
        ...

    async def fill(self, jobs: int) -> None:
        """Have `jobs` more wait, the fastest way there is; not measured."""
        ...

    async def finish(self, jobs: int) -> float | None:
        """Take and finish the `jobs` that wait, the way the task says. Returns the moment (time.perf_counter) from which to
        count, None for all of it: a worker of a library is counted from its first job on, without its start."""
        ...

    async def settle(self) -> None:
        """Fresh statistics (vacuum analyze)."""
        ...


async def measure(driver: Driver, task: Task) -> Rate:
    """A first few jobs warm everything up, some more say how many take about `task.seconds`."""
    jobs = _WARM_UP if task.batch == 1 else _WARM_UP_IN_BATCHES
    # how fast a cold start is says little: each connection plans its statements first
    for seconds in (task.seconds / 5, task.seconds):
        if task.operation != "submit":
            await driver.fill(jobs)
        jobs = _enough(await _run(driver, task, jobs), task, seconds)
    if task.operation != "submit":
        await driver.fill(jobs)
        await driver.settle()
    return await _run(driver, task, jobs)


def _enough(seen: Rate, task: Task, seconds: float) -> int:
    return min(_MOST, max(seen.jobs, round(seen.per_second * seconds / task.batch) * task.batch))


async def _run(driver: Driver, task: Task, jobs: int) -> Rate:
    began = time.perf_counter()
    if task.operation == "submit":
        await driver.submit(jobs)
    else:
        began = await driver.finish(jobs) or began
    return Rate(jobs, time.perf_counter() - began)


async def share(jobs: int, clients: int, batch: int, work: Callable[[int, list[int]], Awaitable[None]]) -> None:
    """Call `work(client, numbers)` for all of `jobs`, `batch` numbers at a time, each client one call after the other."""
    parts = iter([list(range(start, min(start + batch, jobs))) for start in range(0, jobs, batch)])

    async def run(client: int) -> None:
        for numbers in parts:
            await work(client, numbers)

    await asyncio.gather(*(run(client) for client in range(clients)))


def payload(number: int) -> dict[str, Any]:
    """What a job carries: about sixty bytes of JSON."""
    return {"prompt": f"a photo of a red fox, number {number}", "seed": number}


def main(run: Callable[[Task], Coroutine[Any, Any, Rate]]) -> None:
    """The task is the argument; the rate is printed as JSON."""
    task = Task(**json.loads(sys.argv[1]))
    rate = asyncio.run(run(task))
    print(json.dumps(asdict(rate)), flush=True)
    # workers of libraries may have threads or tasks that end when they like
    os._exit(0)
