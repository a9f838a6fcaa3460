"""How long after a submit the create arrives at Replicate, when nothing else is going on."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from queue import Empty, Queue

from basepool.simulator.config import derive_webhook_secret
from bench import product
from bench.harness import Bench, Chart, Contestant, Failed, Measured, Question
from bench.processes import running
from bench.replicate import listening

_DATABASE = "latency"
_PAUSE_SECONDS = (0.15, 0.35)
_PATIENCE_SECONDS = 30.0
_WARM_UP = 5
_SUBMIT = 'select public.submit_generation(%s, \'{"prompt": "a red fox"}\', p_user_id => %s)'
_USER = "00000000-0000-4000-8000-000000000001"


def _stages(bench: Bench) -> Iterator[list[Contestant]]:
    product.create(bench, _DATABASE, seats=1000)
    yield [Contestant("basepool work", lambda: _measure(bench))]
    bench.drop(_DATABASE)


def _measure(bench: Bench) -> Measured:
    arrivals: Queue[float] = Queue()
    with (
        listening(derive_webhook_secret(1, 1), lambda: arrivals.put(time.perf_counter())) as url,
        running(
            "basepool",
            "work",
            name="work",
            DATABASE_URL=bench.url(_DATABASE, user="basepool_glue"),
            REPLICATE_BASE_URL=url,
            LOG_LEVEL="ERROR",
        ) as process,
        bench.connect(_DATABASE) as connection,
    ):
        waits = []
        for _ in range(_WARM_UP + bench.sizes.arrivals):
            time.sleep(random.uniform(*_PAUSE_SECONDS))
            began = time.perf_counter()
            connection.execute(_SUBMIT, [product.MODEL, _USER])
            try:
                waits.append((arrivals.get(timeout=_PATIENCE_SECONDS) - began) * 1000)
            except Empty:
                process.check()
                raise Failed("a create did not arrive") from None
    waits = sorted(waits[_WARM_UP:])
    return {
        ("wait", "median"): statistics.median(waits),
        ("wait", "95 of 100"): waits[min(len(waits) - 1, int(0.95 * len(waits)))],
        ("wait", "longest"): waits[-1],
    }


QUESTION = Question(
    title="From submit to Replicate",
    asks="With nothing else to do, how long after the call of submit_generation does the create arrive at Replicate? Submit,"
    " commit, notification, claim and POST are all in it; one submit at a time, at random moments.",
    charts=(Chart("wait", "From submit to arrival", "ms", "lower"),),
    stages=_stages,
)
