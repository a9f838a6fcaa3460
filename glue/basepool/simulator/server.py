"""The simulator behind a real socket: in this process (CLI), or in a thread of its own (tests, demo)."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from basepool.simulator.app import create_app
from basepool.simulator.config import AccountConfig, SimulatorConfig
from basepool.simulator.errors import CLOSE_EXTENSION, RESET_EXTENSION
from basepool.simulator.raw import RawAnswer

_BACKLOG = 2048
_GRACE_SECONDS = 1
_START_SECONDS = 60.0
_LINGER_OFF = struct.pack("ii", 1, 0)  # close() then sends RST and drops what is unsent


class ResettableProtocol(H11Protocol):
    """HTTP/1.1 that hands the application functions which reset or close the connection (`errors.RESET_EXTENSION`)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wrap the application for this connection."""
        super().connection_made(transport)
        inner: ASGIApp = self.app

        def reset() -> None:
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_OFF)
            transport.abort()

        async def with_reset(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {}).update({RESET_EXTENSION: reset, CLOSE_EXTENSION: transport.close})
            await inner(scope, receive, send)

        self.app = with_reset


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError (EADDRINUSE if the port is taken)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's algorithm off only where it is; else answers take 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    """A server that lets hanging requests go before it waits for the others."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop the simulator, then the server."""
        await self.config.app.state.simulator.stop()  # type: ignore[union-attr]
        await super().shutdown(sockets)


def make_server(config: SimulatorConfig) -> uvicorn.Server:
    """A uvicorn server of the simulator; `server.run(sockets=[listen(...)])` serves until it is told to stop."""
    return _Server(
        uvicorn.Config(
            create_app(config),
            http=ResettableProtocol,
            ws="none",
            loop="asyncio",
            lifespan="on",
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )


class SimulatorServer:
    """A running simulator for tests and the demo: `with SimulatorServer(SimulatorConfig(speed=50)) as sim: ...`."""

    def __init__(self, config: SimulatorConfig | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        """Nothing listens before `start`; port 0 takes a free one."""
        self.config = config or SimulatorConfig()
        self._host = host
        self._port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._admin: httpx.Client | None = None
        self.url = ""
        """Base URL, without /v1."""

    @property
    def accounts(self) -> tuple[AccountConfig, ...]:
        """The accounts, with their tokens and webhook secrets."""
        return self.config.resolved_accounts()

    @property
    def tokens(self) -> list[str]:
        """All tokens, account by account."""
        return [token for account in self.accounts for token in account.tokens]

    def start(self) -> Self:
        """Listen and serve; returns when requests are answered. Raises OSError if the port is taken."""
        listener = listen(self._host, self._port)
        address = f"[{self._host}]" if ":" in self._host else self._host
        self.url = f"http://{address}:{listener.getsockname()[1]}"
        self._server = make_server(self.config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="simulator", daemon=True
        )
        self._thread.start()
        self._admin = httpx.Client(base_url=f"{self.url}/_sim", timeout=_START_SECONDS, trust_env=False)
        # The socket listens already: the first request is answered as soon as the application is up.
        self._ask("GET", "/state")
        return self

    def stop(self) -> None:
        """Stop serving: what hangs is let go, what is still to be sent is given up. May be called twice."""
        if self._admin is not None:
            self._admin.close()
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        self._server = self._thread = self._admin = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stats(self, *, predictions: bool = True) -> dict[str, Any]:
        """All counts; with `predictions` also a summary of every prediction remembered."""
        result: dict[str, Any] = self._ask("GET", f"/stats?predictions={str(predictions).lower()}")
        return result

    def state(self) -> dict[str, Any]:
        """Settings, accounts and faults."""
        result: dict[str, Any] = self._ask("GET", "/state")
        return result

    def deliveries(self) -> list[dict[str, Any]]:
        """The webhook deliveries remembered, oldest first, with their attempts."""
        result: list[dict[str, Any]] = self._ask("GET", "/deliveries")
        return result

    def files(self) -> list[dict[str, Any]]:
        """The files that predictions have put out, deleted ones too, with sizes and hashes."""
        result: list[dict[str, Any]] = self._ask("GET", "/files")
        return result

    def delete_files(self) -> int:
        """Delete all files, as Replicate does an hour after a prediction's end; returns their number."""
        deleted: int = self._ask("POST", "/files/delete")["deleted"]
        return deleted

    def set_faults(self, rates: dict[str, float] | None = None, next: dict[str, int] | None = None) -> None:
        """Let faults strike by rate (0 switches one off) or the next so many requests."""
        self._ask("PATCH", "/faults", {"rates": rates or {}, "next": next or {}})

    def answer_raw(self, *answers: RawAnswer | dict[str, Any]) -> None:
        """Answer as bytes say, from now on (see RawAnswer); without any, answer right."""
        given = [RawAnswer.model_validate(answer).model_dump(mode="json", exclude_defaults=True) for answer in answers]
        self._ask("PUT", "/raw", given)

    def raw(self) -> list[dict[str, Any]]:
        """The raw answers that are on, and how often each has struck."""
        result: list[dict[str, Any]] = self._ask("GET", "/raw")
        return result

    def set_account(self, username: str, **changes: Any) -> None:
        """Change credit, blocked, webhook_secret or revoked of an account (see Simulator.set_account)."""
        self._ask("PATCH", f"/accounts/{username}", changes)

    def configure(self, **changes: Any) -> None:
        """Change settings while running (see Simulator.configure)."""
        self._ask("PATCH", "/config", changes)

    def reset(self) -> None:
        """Forget predictions, counts and faults."""
        self._ask("POST", "/reset")

    def _ask(self, method: str, path: str, body: dict[str, Any] | list[Any] | None = None) -> Any:
        if self._admin is None:
            raise RuntimeError("the simulator does not run")
        answer = self._admin.request(method, path, json=body)
        if answer.is_error:
            raise ValueError(answer.json()["detail"])
        return answer.json()
