"""A claim beside a transaction that stays open: vacuum may remove nothing of what has ended since."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack

import uvloop

from bench import product
from bench.harness import Bench, Chart, Contestant, Measured, Question
from bench.product import Client

_DATABASE = "blocked_vacuum"
_SEATS = 100
_CLIENTS = 4
_BATCH = 50
_STEPS = 5
_STOCK = 3_000


def _stages(bench: Bench) -> Iterator[list[Contestant]]:
    step = bench.sizes.lives_beside_snapshot // _STEPS

    def contestant(name: str, is_blocked: bool) -> Contestant:
        def measure() -> Measured:
            product.create(bench, _DATABASE, seats=_SEATS, waiting=bench.sizes.lives_beside_snapshot + _STOCK)
            with bench.connect(_DATABASE) as beside:
                measured = {("claim", "0"): product.claim_time(bench, _DATABASE, 1, bench.sizes.claims)}
                if is_blocked:
                    # somebody's report, or a forgotten psql
                    beside.execute("begin isolation level repeatable read")
                    beside.execute("select 1")
                for number in range(1, _STEPS + 1):
                    uvloop.run(_finish(bench.url(_DATABASE), step))
                    milliseconds = product.claim_time(bench, _DATABASE, 1, bench.sizes.claims)
                    measured["claim", str(number * step)] = milliseconds
                beside.rollback()
            bench.drop(_DATABASE)
            return measured

        return Contestant(name, measure)

    yield [contestant("beside an open transaction", True), contestant("without one", False)]


async def _finish(url: str, lives: int) -> None:
    """Claim and finish `lives`."""
    left = lives

    async def work(client: Client) -> None:
        nonlocal left
        while left > 0:
            count = min(_BATCH, left)
            left -= count
            while count > 0 and (leases := await client.claim(count)):
                count -= len(leases)
                await client.apply(leases, "succeeded")

    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(await Client.connect(url)) for _ in range(_CLIENTS)]
        await asyncio.gather(*(work(client) for client in clients))


QUESTION = Question(
    title="A claim beside an open transaction",
    asks="What does a claim of one cost the server while a transaction elsewhere stays open, so that vacuum can remove nothing,"
    " and more and more lives go by?",
    charts=(Chart("claim", "A claim of one", "ms", "lower", axis="lives since the transaction was opened"),),
    stages=_stages,
)
