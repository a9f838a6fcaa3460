"""Many at once, and a clean end."""

from __future__ import annotations

import asyncio
import socket
import threading

import httpx
import pytest

from basepool.simulator import SimulatorConfig, SimulatorServer
from tests.integration.simulator.support import FLUX, Api, Receiver, eventually
from tests.support import PATIENCE_SECONDS


@pytest.mark.asyncio
async def test_two_hundred_at_once(receiver: Receiver) -> None:
    config = SimulatorConfig(account_count=4, speed=25, limits=False)
    with SimulatorServer(config) as sim:
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS, limits=limits) as client:

            async def run(number: int) -> str:
                token = sim.tokens[number % 4]
                answer = await client.post(
                    f"{sim.url}/v1/models/{FLUX}/predictions",
                    headers={"authorization": f"Bearer {token}", "prefer": "wait=60"},
                    json={
                        # a hundred seconds at this speed are long enough for many to be made meanwhile
                        "input": {"prompt": f"number {number} [sim:run=100]"},
                        "webhook": receiver.url,
                        "webhook_events_filter": ["completed"],
                    },
                )
                return str(answer.json()["status"])

            statuses = await asyncio.gather(*(run(number) for number in range(200)))
        assert set(statuses) == {"succeeded"}
        stats = sim.stats()
        assert stats["totals"]["creates"] == stats["totals"]["charged"] == 200
        assert stats["charged_more_than_once"] == []
        assert [account["creates"] for account in stats["accounts"]] == [50] * 4
        assert max(account["max_in_flight"] for account in stats["accounts"]) > 1
        await asyncio.to_thread(eventually, lambda: sim.stats(predictions=False)["webhooks"].get("delivered") == 200)
    assert len({each.headers["webhook-id"] for each in receiver.received}) == 200


def test_stopping_lets_go_of_what_hangs() -> None:
    before = threading.active_count()
    server = SimulatorServer().start()
    failed = threading.Event()

    def hang() -> None:
        with Api(server.url, server.tokens[0]) as api:
            try:
                api.create("[sim:hang_after_create]")
            except httpx.TransportError:
                failed.set()

    caller = threading.Thread(target=hang)
    caller.start()
    eventually(lambda: server.stats()["totals"]["creates"] == 1)
    server.stop()
    # the call would hang for ten minutes
    caller.join(PATIENCE_SECONDS)
    assert failed.is_set()
    eventually(lambda: threading.active_count() == before)
    server.stop()


def test_a_port_in_use_is_an_error_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        SimulatorServer(port=taken.getsockname()[1]).start()
