"""The product and the peers as contestants of the same task, each time in a database of their own that is made anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import uvloop

from bench import bare, install, product
from bench.harness import Bench, Contestant, Failed, Measured
from bench.install import Peer
from bench.peers.driver import Rate, Task, measure
from bench.product import Client

_DATABASE = "contest"
_TOKENS = 5
_SEATS = 200
Tasks = dict[str, tuple[str, int, int]]
"""case → operation, clients, jobs a call."""


def contestants(
    bench: Bench, chart: str, tasks: Tasks, can: Callable[[Peer, int], bool], *, with_floor: bool = False
) -> list[Contestant]:
    """basepool, and every peer that is here, for the tasks of a chart that it `can` do (peer, jobs a call). `with_floor`: and
    the same writes without the product (bare.py)."""

    def of(name: str, run: Callable[[Task], Rate], fits: Callable[[int], bool]) -> Contestant:
        def measure_all() -> Measured:
            measured: Measured = {}
            for case, (operation, clients, batch) in tasks.items():
                if fits(batch):
                    url = bench.create(_DATABASE)
                    task = Task(url, operation, clients, batch, bench.sizes.seconds)
                    measured[chart, case] = run(task).per_second
            bench.drop(_DATABASE)
            return measured

        return Contestant(name, measure_all)

    def of_peer(peer: Peer) -> Contestant:
        return of(peer.name, lambda task: install.drive(peer, task), lambda batch: can(peer, batch))

    ours = [of("basepool", lambda task: _drive(bench, task, Client), lambda _: True)]
    if with_floor:
        ours.append(of("the same rows, bare", lambda task: _drive(bench, task, bare.BareClient), lambda _: True))
    return [*ours, *(of_peer(peer) for peer in install.installed(bench))]


def _drive(bench: Bench, task: Task, client: type[Client]) -> Rate:
    product.create(bench, _DATABASE, tokens=_TOKENS, seats=_SEATS)
    with bench.connect(_DATABASE) as connection:
        bare.prepare(connection)

    async def run() -> tuple[Rate, int]:
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(await client.connect(task.url)) for _ in range(task.clients)]
            contestant = _Product(bench, clients, task)
            return await measure(contestant, task), contestant.jobs

    rate: Rate
    rate, jobs = uvloop.run(run())
    product.expect(bench, _DATABASE, "pending" if task.operation == "submit" else "completed", jobs)
    return rate


class _Product:
    """basepool, driven like a peer."""

    def __init__(self, bench: Bench, clients: list[Client], task: Task) -> None:
        self._bench = bench
        self._clients = clients
        self._task = task
        self.jobs = 0

    async def submit(self, jobs: int) -> None:
        """As the app does."""
        self.jobs += jobs
        left = jobs

        async def work(client: Client) -> None:
            nonlocal left
            while left > 0:
                count = min(self._task.batch, left)
                left -= count
                await client.submit(count)

        await self._in_parallel(work)

    async def fill(self, jobs: int) -> None:
        """In one insert."""
        self.jobs += jobs
        with self._bench.connect(_DATABASE) as connection:
            product.wait(connection, jobs)

    async def finish(self, jobs: int) -> None:
        """Claim, then apply how the prediction ended: two commits, like fetch and complete; until nothing waits."""
        done = 0

        async def work(client: Client) -> None:
            nonlocal done
            while leases := await client.claim(self._task.batch):
                await client.apply(leases, "succeeded")
                done += len(leases)

        await self._in_parallel(work)
        if done != jobs:
            raise Failed(f"{done} of {jobs} were done")

    async def settle(self) -> None:
        """vacuum analyze."""
        self._bench.settle(_DATABASE)

    async def _in_parallel(self, work: Callable[[Client], Awaitable[None]]) -> None:
        await asyncio.gather(*(work(client) for client in self._clients))
