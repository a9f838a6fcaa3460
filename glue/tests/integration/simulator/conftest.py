"""One simulator for all tests of this folder (reset between them), and a receiver of webhooks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from basepool.simulator import SimulatorConfig, SimulatorServer
from basepool.simulator.simulator import LIVE_SETTINGS
from tests.integration.simulator.support import SPEED, TEXT_MODEL, TEXT_VERSION, Api, Received, Receiver


@pytest.fixture(scope="session")
def _server() -> Iterator[SimulatorServer]:
    versions = {TEXT_VERSION: TEXT_MODEL}
    config = SimulatorConfig(account_count=2, tokens_per_account=2, speed=SPEED, versions=versions)
    with SimulatorServer(config) as server:
        yield server


@pytest.fixture
def sim(_server: SimulatorServer) -> SimulatorServer:
    """The shared simulator as it was at its start."""
    _server.reset()
    _server.configure(**_server.config.model_dump(include=set(LIVE_SETTINGS)))
    return _server


@pytest.fixture
def api(sim: SimulatorServer) -> Iterator[Api]:
    """Plain HTTP with the first token."""
    with Api(sim.url, sim.tokens[0]) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of webhooks on a free port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            result.received.append(Received(time.monotonic(), self.path, headers, raw))
            status = result.answers.pop(0) if result.answers else 200
            self.send_response(status)
            if status in (301, 302, 307, 308):
                self.send_header("location", f"{result.url}/elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    result = Receiver(f"http://127.0.0.1:{server.server_port}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield result
    server.shutdown()
    server.server_close()
