"""How fast what was made is kept: from Replicate's delivery host into the store, thumbnails drawn on the way."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator

import uvloop

from bench import product
from bench.harness import LOCAL, Bench, Chart, Contestant, Measured, Question, value
from bench.processes import free_port, running, server_cpu_seconds, until
from bench.product import Client

_DATABASE = "store"
_SET = 50
# of the generations that go through the whole system: these are files on a disk
_SHARE = 5
_LIMIT_SECONDS = 600.0
_STORED = "select count(*) from basepool.output_files where state = 'stored'"


_PATHS = {
    "pictures as the simulator makes them": "/simulated/{}.webp",
    "pictures of 1 megapixel": "/picture/{}.png",
    "files of 100 kB that are no pictures": "/bytes/100000/{}.bin",
    "files of 5 MB that are no pictures": "/bytes/5000000/{}.bin",
}


def _stages(bench: Bench) -> Iterator[list[Contestant]]:
    def contestant(name: str, path: str) -> Contestant:
        return Contestant(name, lambda: _measure(bench, path))

    yield [contestant(name, path) for name, path in _PATHS.items()]
    bench.drop(_DATABASE)


def _measure(bench: Bench, path: str) -> Measured:
    count = bench.sizes.generations // _SHARE
    # until it is warm, and its drawers have started
    first = count // 5
    url = product.create(bench, _DATABASE, waiting=count)
    with bench.connect(_DATABASE) as connection:
        connection.execute("select basepool.configure('{\"keep_outputs\": true}')")
    source, folder = free_port(), LOCAL / "outputs"
    shutil.rmtree(folder, ignore_errors=True)
    uvloop.run(_complete(url, f"http://127.0.0.1:{source}{path}"))
    variables = {
        "DATABASE_URL": bench.url(_DATABASE, user="basepool_glue"),
        "REPLICATE_BASE_URL": f"http://127.0.0.1:{source}",
        "STORE_URL": folder.as_uri(),
        "STORE_PUBLIC_URL": "http://127.0.0.1:1/outputs",
        "STORE_SOURCES": "127.0.0.1",
        "LOG_LEVEL": "ERROR",
    }
    try:
        with (
            bench.connect(_DATABASE) as connection,
            running("bench.delivery", str(source), name="delivery", answers_at=f"http://127.0.0.1:{source}/bytes/1/"),
            running("basepool", "work", name="work", **variables) as worker,
        ):

            def wait_for(expected: int) -> None:
                def are_stored() -> bool:
                    worker.check()
                    return int(value(connection, _STORED)) >= expected

                until(are_stored, _LIMIT_SECONDS, f"{expected} files in the store")

            wait_for(first)
            before = (worker.cpu_seconds_of_all(), worker.cpu_seconds(), server_cpu_seconds(bench))
            began, had = time.perf_counter(), int(value(connection, _STORED))
            wait_for(count)
            seconds = time.perf_counter() - began
            after = (worker.cpu_seconds_of_all(), worker.cpu_seconds(), server_cpu_seconds(bench))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    of_all, own, postgres = (1000 * (now - then) / (count - had) for then, now in zip(before, after, strict=True))
    return {
        ("rate", "files kept"): (count - had) / seconds,
        ("cpu", "the worker"): own,
        ("cpu", "what draws"): of_all - own,
        ("cpu", "Postgres"): postgres,
    }


async def _complete(url: str, output: str) -> None:
    """All that waits has come to its end just now, each with one file."""
    done = 0
    async with await Client.connect(url) as client:
        while leases := await client.claim(_SET):
            await client.record(leases)
            await client.apply(leases, "succeeded", output=output.format(done))
            done += len(leases)


QUESTION = Question(
    title="Results that last",
    asks="How many files a second does one `basepool work` fetch, draw a thumbnail of, and put into a store that is a folder,"
    " when many wait? Source, store, drawing and Postgres share the machine; each file is written through to the disk.",
    charts=(
        Chart("rate", "Files kept a second", "per s", "higher"),
        Chart("cpu", "CPU time a file", "ms", "lower"),
    ),
    stages=_stages,
)
