"""Whether a claim notices how much has been finished and how much waits."""

from __future__ import annotations

from collections.abc import Iterator

from bench import history, product
from bench.harness import Bench, Chart, Contestant, Measured, Question

_GROWN = "grown"
_EMPTY = "growth_empty"
_BATCH = 50


def _stages(bench: Bench) -> Iterator[list[Contestant]]:
    few = bench.sizes.waiting[0]
    product.create(bench, _EMPTY, waiting=few)
    product.create(bench, _GROWN)
    finished = 0
    for depth in bench.sizes.finished:
        history.lay_down(bench, _GROWN, finished + 1, depth)
        finished = depth
        databases = {f"{waiting:,} waiting": f"growth_{waiting}" for waiting in bench.sizes.waiting}
        for waiting, database in zip(bench.sizes.waiting, databases.values(), strict=True):
            bench.create(database, _GROWN)
            with bench.connect(database) as connection:
                product.wait(connection, waiting)
            bench.settle(database)
        yield [
            _contestant(bench, f"nothing finished, {few:,} waiting", _EMPTY, depth),
            *(_contestant(bench, name, database, depth) for name, database in databases.items()),
        ]
        bench.drop(*databases.values())
    bench.drop(_GROWN, _EMPTY)


def _contestant(bench: Bench, name: str, database: str, depth: int) -> Contestant:
    def measure() -> Measured:
        return {
            ("one", str(depth)): product.claim_time(bench, database, 1, bench.sizes.claims),
            ("batch", str(depth)): product.claim_time(bench, database, _BATCH, bench.sizes.claims // 2),
        }

    return Contestant(name, measure)


QUESTION = Question(
    title="A claim as the tables grow",
    asks="Does a claim cost the same with millions finished and a hundred thousand waiting? Almost everything that waits can be"
    " claimed, so a plan that sorts it all is seen. Beside each depth, in the same rounds: a database with nothing in it.",
    charts=(
        Chart("one", "A claim of one", "ms", "lower", axis="generations finished"),
        Chart("batch", "A claim of 50", "ms", "lower", axis="generations finished"),
    ),
    stages=_stages,
)
