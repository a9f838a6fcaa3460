"""How many signed webhooks `basepool serve` takes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Sequence

import uvloop
from standardwebhooks.webhooks import Webhook

from basepool.simulator.config import derive_webhook_secret
from bench import product, wire
from bench.harness import Bench, Chart, Contestant, Failed, Measured, Question
from bench.processes import free_port, running
from bench.product import Client, Lease
from bench.replicate import signed

_DATABASE = "webhooks"
_TOKENS = 10
_SEATS = 1000
_CONNECTIONS = 32
_SET = 50
_STATUSES = {"processing": "start of a prediction", "succeeded": "end of a prediction"}


def _stages(bench: Bench) -> Iterator[list[Contestant]]:
    yield [Contestant("basepool serve", lambda: _measure(bench))]
    bench.drop(_DATABASE)


def _measure(bench: Bench) -> Measured:
    url = product.create(bench, _DATABASE, tokens=0)
    secret = derive_webhook_secret(1, 1)
    with bench.connect(_DATABASE) as connection:
        for number in range(_TOKENS):
            product.add_token(connection, f"r8_token_number_{number:04}", f"account-{number}", _SEATS, secret)
        product.wait(connection, bench.sizes.webhooks)
    leases = uvloop.run(_send_all(url, bench.sizes.webhooks))
    bench.settle(_DATABASE)
    port = free_port()
    signer = Webhook(secret)
    rates: Measured = {}
    with running(
        "basepool",
        "serve",
        "--port",
        str(port),
        name="serve",
        answers_at=f"http://127.0.0.1:{port}/readyz",
        DATABASE_URL=bench.url(_DATABASE, user="basepool_glue"),
        LOG_LEVEL="ERROR",
    ) as process:
        for status, case in _STATUSES.items():
            requests = [_request(lease, status, signer, port) for lease in leases]
            began = time.perf_counter()
            uvloop.run(_post_all(requests, port))
            rates["rate", case] = len(requests) / (time.perf_counter() - began)
            process.check()
    product.expect(bench, _DATABASE, "completed", bench.sizes.webhooks)
    return rates


async def _send_all(url: str, count: int) -> list[Lease]:
    """Claim all and have Replicate accept them."""
    sent: list[Lease] = []
    async with await Client.connect(url) as client:
        while len(sent) < count and (leases := await client.claim(_SET)):
            await client.record(leases)
            sent += leases
    return sent


def _request(lease: Lease, status: str, signer: Webhook, port: int) -> bytes:
    """A delivery, made beforehand: signing is the sender's work."""
    body = json.dumps(product.prediction(lease, status))
    id = f"msg_{status}_{lease['attempt_id']}"
    return signed(signer, f"127.0.0.1:{port}", product.webhook_path(lease), body, id)


async def _post_all(requests: Sequence[bytes], port: int) -> None:
    """All of them over connections that are kept, each waiting for its answer. Raises Failed for any answer but 200."""
    left = iter(requests)

    async def run() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in left:
            writer.write(request)
            head, _ = await wire.read_message(reader)
            if not head.startswith(b"HTTP/1.1 200"):
                raise Failed(f"serve answered {head.splitlines()[0].decode()}")
        writer.close()

    await asyncio.gather(*(run() for _ in range(_CONNECTIONS)))


QUESTION = Question(
    title="Signed webhooks",
    asks="How many signed webhooks a second does one `basepool serve` verify, apply and answer, over 32 connections? Each is of"
    " another prediction in flight; each is answered after its commit.",
    charts=(Chart("rate", "Webhooks a second", "per s", "higher"),),
    stages=_stages,
)
