"""Everything together: from submit to settled, by way of a stand-in of Replicate and its signed webhooks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import psycopg
import uvloop

from basepool.simulator.config import AccountConfig, SimulatorConfig
from bench import product
from bench.harness import Bench, Chart, Contestant, Measured, Question, value
from bench.processes import Process, free_port, running, server_cpu_seconds, until
from bench.product import Client

_DATABASE = "system"
_TOKENS = 10
_SEATS = 100
_SET = 50
_LIMIT_SECONDS = 300.0
_RUN_SECONDS = 0.1
# the app's own table and words; get_status says it too, but is asked less often than this
_COMPLETED = "select count(*) from public.generations where status = 'completed'"


@dataclass(frozen=True)
class _Setup:
    concurrency: int
    is_simulated: bool = False


_SETUPS = {
    "WORKER_CONCURRENCY=20": _Setup(20),
    "WORKER_CONCURRENCY=50": _Setup(50),
    "20, by way of basepool simulate": _Setup(20, is_simulated=True),
}


def _stages(bench: Bench) -> Iterator[list[Contestant]]:
    def contestant(name: str, setup: _Setup) -> Contestant:
        return Contestant(name, lambda: _measure(bench, setup))

    yield [contestant(name, setup) for name, setup in _SETUPS.items()]
    bench.drop(_DATABASE)


def _measure(bench: Bench, setup: _Setup) -> Measured:
    # one account, so that a stand-in needs to know one secret only
    [account] = SimulatorConfig(account_count=1, tokens_per_account=_TOKENS).resolved_accounts()
    url = product.create(bench, _DATABASE, tokens=0)
    with bench.connect(_DATABASE) as connection, ExitStack() as stack:
        for token in account.tokens:
            product.add_token(connection, token, account.username, _SEATS, account.webhook_secret)
        started = _start(bench, setup, account, stack)
        uvloop.run(_submit(url, _SET))
        _wait_until_completed(connection, started, _SET)

        clocks: dict[str, Callable[[], float]] = {"Postgres": lambda: server_cpu_seconds(bench)}
        clocks |= {name: process.cpu_seconds for name, process in started.items()}
        before = {name: clock() for name, clock in clocks.items()}
        count = bench.sizes.generations
        began = time.perf_counter()
        uvloop.run(_submit(url, count))
        _wait_until_completed(connection, started, _SET + count - count // 100)
        seconds_of_most = time.perf_counter() - began
        _wait_until_completed(connection, started, _SET + count)
        seconds = time.perf_counter() - began
        used = {name: (clock() - before[name]) * 1000 / count for name, clock in clocks.items()}
    stand_in = used.pop("stand-in")
    used |= {"the product's": sum(used.values()), "the stand-in's": stand_in}
    return {
        ("rate", "until all are settled"): count / seconds,
        ("rate", "until 99 of 100 are"): count * 0.99 / seconds_of_most,
        **{("cpu", name): milliseconds for name, milliseconds in used.items()},
    }


def _start(bench: Bench, setup: _Setup, account: AccountConfig, stack: ExitStack) -> dict[str, Process]:
    """The three processes beside Postgres, ready."""
    stand_in, receiver = free_port(), free_port()
    variables = {
        "DATABASE_URL": bench.url(_DATABASE, user="basepool_glue"),
        "REPLICATE_BASE_URL": f"http://127.0.0.1:{stand_in}",
        "PUBLIC_URL": f"http://127.0.0.1:{receiver}",
        "WORKER_CONCURRENCY": str(setup.concurrency),
        "LOG_LEVEL": "ERROR",
    }
    lean = ["bench.replicate", str(stand_in), account.webhook_secret, str(_RUN_SECONDS)]
    simulated = ["basepool", "simulate", "--port", str(stand_in), "--accounts", "1", "--no-limits"]
    simulated += ["--tokens-per-account", str(_TOKENS)]
    simulated += ["--start-seconds", "0", "--run-seconds", f"{_RUN_SECONDS / 2}..{_RUN_SECONDS * 1.5}"]
    commands: dict[str, tuple[list[str], str | None]] = {
        "stand-in": (simulated if setup.is_simulated else lean, f"http://127.0.0.1:{stand_in}/"),
        "serve": (["basepool", "serve", "--port", str(receiver)], f"http://127.0.0.1:{receiver}/readyz"),
        "work": (["basepool", "work"], None),
    }
    return {
        name: stack.enter_context(running(*command, name=name, answers_at=answers_at, **variables))
        for name, (command, answers_at) in commands.items()
    }


async def _submit(url: str, generations: int) -> None:
    async with await Client.connect(url) as client:
        for start in range(0, generations, _SET):
            await client.submit(min(_SET, generations - start))


def _wait_until_completed(connection: psycopg.Connection[Any], started: dict[str, Process], expected: int) -> None:
    def are_completed() -> bool:
        for process in started.values():
            process.check()
        return int(value(connection, _COMPLETED)) >= expected

    until(are_completed, _LIMIT_SECONDS, f"the end of {expected} generations")


QUESTION = Question(
    title="The whole system",
    asks="How many generations a second go all the way: submitted in sets of 50, claimed and posted by one `basepool work`, run"
    " for a tenth of a second by a stand-in of Replicate, announced by signed webhooks (start and end) to one `basepool serve`,"
    " settled? All processes, the stand-in too, share the machine.",
    charts=(
        Chart("rate", "Generations a second, from submit to settled", "per s", "higher"),
        Chart("cpu", "CPU time a generation", "ms", "lower"),
    ),
    stages=_stages,
)
