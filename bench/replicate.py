"""A Replicate that costs next to nothing: it accepts every create and announces start and end by signed webhooks.

`basepool simulate` does that too, and all that can go wrong; its own CPU time is larger than the product's, on a machine that
both share. Here nothing goes wrong. `python -m bench.replicate PORT SECRET RUN_SECONDS`.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import uvloop
from standardwebhooks.webhooks import Webhook

from bench import wire

_SENDERS = 32
_PATIENCE_SECONDS = 1.0


class Replicate:
    """`on_create` is called when a create has arrived. Where no webhook is ordered, the answer has the result already."""

    def __init__(self, secret: str, run_seconds: float, on_create: Callable[[], None] = lambda: None) -> None:
        self._signer = Webhook(secret)
        self._run_seconds = run_seconds
        self._on_create = on_create
        self._deliveries: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, port: int, ready: Callable[[int], None] = lambda _: None) -> None:
        """Listen until cancelled; `ready` hears the port."""
        server = await asyncio.start_server(self._converse, "127.0.0.1", port)
        ready(server.sockets[0].getsockname()[1])
        async with server, asyncio.TaskGroup() as group:
            for _ in range(_SENDERS):
                group.create_task(self._send())

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head, body = await wire.read_message(reader)
                if head.startswith(b"POST "):
                    self._on_create()
                    answered = wire.answer("201 Created", json.dumps(self._create(json.loads(body))).encode())
                else:
                    answered = wire.answer("404 Not Found", b'{"detail": "not found"}')
                writer.write(answered)
        writer.close()

    def _create(self, asked: dict[str, Any]) -> dict[str, Any]:
        prediction = {
            "id": uuid4().hex[:26],
            "model": "acme/painter",
            "version": "hidden",
            "input": asked.get("input"),
            "status": "starting",
            "created_at": _timestamp(),
            "urls": {"get": "http://127.0.0.1/", "cancel": "http://127.0.0.1/"},
        }
        if url := asked.get("webhook"):
            task = asyncio.create_task(self._run(url, dict(prediction)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return prediction
        return _ended(prediction)

    async def _run(self, url: str, prediction: dict[str, Any]) -> None:
        self._deliveries.put_nowait((url, {**prediction, "status": "processing", "started_at": _timestamp()}))
        await asyncio.sleep(self._run_seconds * (0.5 + random.random()))
        self._deliveries.put_nowait((url, _ended(prediction)))

    async def _send(self) -> None:
        """One delivery after the other over one connection, each until it is taken."""
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while True:
            url, prediction = await self._deliveries.get()
            parts = urlsplit(url)
            request = self._signed(parts.netloc, f"{parts.path}?{parts.query}", json.dumps(prediction))
            while True:
                try:
                    reader, writer = connection or await asyncio.open_connection(parts.hostname, parts.port)
                    connection = reader, writer
                    writer.write(request)
                    head, _ = await wire.read_message(reader)
                    if head.startswith(b"HTTP/1.1 200"):
                        break
                except (OSError, asyncio.IncompleteReadError):
                    connection = None
                await asyncio.sleep(_PATIENCE_SECONDS)

    def _signed(self, host: str, path: str, body: str) -> bytes:
        return signed(self._signer, host, path, body, f"msg_{uuid4().hex}")


def signed(signer: Webhook, host: str, path: str, body: str, id: str) -> bytes:
    """A delivery as it goes over the wire."""
    moment = datetime.now(UTC)
    headers = {
        "webhook_id": id,
        "webhook_timestamp": str(int(moment.timestamp())),
        "webhook_signature": signer.sign(id, moment, body),
    }
    return wire.request("POST", host, path, body.encode(), **headers)


def _ended(prediction: dict[str, Any]) -> dict[str, Any]:
    return prediction | {
        "status": "succeeded",
        "output": ["https://replicate.delivery/xezq/a/out-0.webp"],
        "metrics": {"predict_time": 1.5},
        "completed_at": _timestamp(),
    }


def _timestamp() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


@contextmanager
def listening(secret: str, on_create: Callable[[], None]) -> Iterator[str]:
    """It in a thread of this process; yields its URL."""
    ports: list[int] = []
    loop = uvloop.new_event_loop()
    task = loop.create_task(Replicate(secret, 0, on_create).serve(0, ports.append))

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while not ports:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


if __name__ == "__main__":
    uvloop.run(Replicate(sys.argv[2], float(sys.argv[3])).serve(int(sys.argv[1])))
