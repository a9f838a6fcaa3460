"""uvicorn, taught what it lacks against callers who mean harm: who is slow, says too much or only sits there is let go.

What is bounded here is what an application never sees: heads, connections, answers that nobody takes. Bodies are bounded in
`basepool.web.bodies`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import sys
import time
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from basepool.config import Settings
from basepool.web.refusal import RETRY_AFTER_SECONDS

logger = logging.getLogger(__name__)

_MAX_SILENT_BYTES = 32_768
_MAX_PIPELINED = 32
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 20_000_000
_SPARE_FILES = 64
_SECONDS_PER_COMPLAINT = 10


class _Farewell:
    """A transport that is closed so that the caller hears the answer: whoever is still sending would lose it to a reset."""

    def __init__(self, transport: asyncio.Transport, protocol: _Protocol) -> None:
        self._transport = transport
        self._protocol = protocol
        self._is_closing = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Unless it is closed."""
        if not self.is_closing():
            self._transport.write(data)

    def is_closing(self) -> bool:
        """Whether nothing more will be written."""
        return self._is_closing or self._transport.is_closing()

    def close(self) -> None:
        """Close, at once if the caller has said all, else when he stops; in any case soon."""
        if self.is_closing():
            return
        self.forget()
        self._protocol.linger()

    def forget(self) -> None:
        """It is closed."""
        self._is_closing = True


class _Protocol(HttpToolsProtocol):
    """A connection. It waits for its caller (for a head, for the rest of a body) or it works; only while it works it is safe
    from being closed."""

    max_connections = 0
    patience_seconds = 0.0
    complained_at = -math.inf

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room for it."""
        super().connection_made(transport)
        self._raw = transport
        self._farewell = _Farewell(transport, self)
        self.transport = cast(asyncio.Transport, self._farewell)
        self._silent_bytes = 0
        self._is_deaf = False
        self._left_to_linger = _LINGER_BYTES
        self._timer: asyncio.TimerHandle | None = None
        self._waits_since = time.monotonic()
        if len(self.connections) > self.max_connections and not self._make_room():
            self._refuse(
                503, "PT503", "too many connections", "Try again; SERVE_MAX_CONNECTIONS is how many there may be."
            )
        else:
            self._set_timer(self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._farewell.forget()
        self._set_timer(None)
        super().connection_lost(exc)
        self._unset_keepalive_if_required()

    def data_received(self, data: bytes) -> None:
        """Whatever it is, it has to get somewhere within some bytes and seconds."""
        if self._is_deaf:
            self._left_to_linger -= len(data)
            if self._left_to_linger < 0:
                self._raw.abort()
            return
        self._silent_bytes += len(data)
        super().data_received(data)
        if self._is_deaf or self.transport.is_closing():
            return
        if self._silent_bytes > _MAX_SILENT_BYTES:
            self._refuse(431, "PT431", "the head of the request is too long", "Send fewer or shorter headers.")
        elif self._timer is None and self._waits_for_head():
            # it was kept open, and another request has begun
            self._waits_since = time.monotonic()
            self._set_timer(self._give_up)

    def on_headers_complete(self) -> None:
        """A request can begin."""
        if len(self.pipeline) >= _MAX_PIPELINED:
            raise ValueError("more requests than answers")
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > _MAX_SILENT_BYTES:
            self._refuse(431, "PT431", "the head of the request is too long", "Send fewer or shorter headers.")
            raise ValueError("too long")
        super().on_headers_complete()
        self._silent_bytes = 0
        if not self.flow.write_paused:
            # else whoever asks on would not have to take what he has asked for
            self._set_timer(None)

    def on_body(self, body: bytes) -> None:
        """It goes on."""
        self._silent_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """It has said all."""
        self._silent_bytes = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Who has been answered before he had said all is not listened to any longer."""
        self._waits_since = time.monotonic()
        if self.cycle.response_complete and self.cycle.more_body:
            self.transport.close()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP ends the connection, after the answers to what came before."""
        if self._is_deaf or self.transport.is_closing():
            return
        if self._waits_for_head() or self.cycle.more_body:
            self._refuse(400, "PT400", "this is not HTTP/1.1", "Send a well-formed request.")
        else:
            self._is_deaf = True
            self.cycle.keep_alive = False

    def _unsupported_upgrade_warning(self) -> None:
        """Nobody needs to know who asks for it."""

    def pause_writing(self) -> None:
        """The caller does not take what he asked for, or takes it slowly."""
        super().pause_writing()
        if not self.transport.is_closing():
            self._abort_unless_taken()

    def resume_writing(self) -> None:
        """He does."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._set_timer(self._give_up if self._waits_for_head() else None)

    def timeout_keep_alive_handler(self) -> None:
        """Nothing has come for some seconds. Who still takes the answer takes it to its end."""
        if self.flow.write_paused:
            return
        if self._raw.get_write_buffer_size():
            self._abort_unless_taken()
        else:
            self._raw.abort()

    def linger(self) -> None:
        """Close. What still comes is not read by anybody; it is awaited so that it does not reset the connection."""
        self._unset_keepalive_if_required()
        if self._is_deaf or self._silent_bytes or (self.cycle is not None and self.cycle.more_body):
            self._is_deaf = True
            self.flow.resume_reading()
            self._raw.write_eof()
        else:
            self._raw.close()
        self._set_timer(self._end_lingering, min(_LINGER_SECONDS, self.patience_seconds))

    def _end_lingering(self) -> None:
        if self._raw.get_write_buffer_size() and not self._is_deaf:
            self._abort_unless_taken()
        else:
            self._raw.abort()

    def _abort_unless_taken(self) -> None:
        """End the connection in a while, unless something of the answer is taken meanwhile: a large file over a slow line takes
        minutes, and each part of it some seconds."""
        before = self._untaken()

        def look() -> None:
            if self._untaken() < before:
                self._abort_unless_taken()
            else:
                self._raw.abort()

        self._set_timer(look)

    def _untaken(self) -> int:
        """Bytes of answers that have not arrived at the caller's, as far as the system says."""
        return self._raw.get_write_buffer_size() + _bytes_on_their_way(self._raw)

    def _waits_for_head(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _waits(self) -> bool:
        return self._waits_for_head() or self.cycle.more_body or self.transport.is_closing()

    def _make_room(self) -> bool:
        """Close some of those who wait for their callers, for longest. Whether there were any."""
        waiting = [each for each in cast("set[_Protocol]", self.connections) if each is not self and each._waits()]
        if time.monotonic() > type(self).complained_at + _SECONDS_PER_COMPLAINT:
            type(self).complained_at = time.monotonic()
            logger.error("there are %s connections: who waits longest is let go", len(self.connections))
        # several at a time: to look for them takes longer than to close them
        for each in sorted(waiting, key=lambda each: each._waits_since)[: 1 + len(waiting) // 16]:
            each._raw.abort()
            self.connections.discard(each)
        return bool(waiting)

    def _give_up(self) -> None:
        if self._silent_bytes:
            self._refuse(
                408, "PT408", f"the request did not arrive within {self.patience_seconds:g} s", "Send it faster."
            )
        else:
            self._end_lingering()

    def _refuse(self, status: int, code: str, message: str, hint: str) -> None:
        """Answer what never becomes a request, and close."""
        self._is_deaf = True
        body = json.dumps({"code": code, "message": message, "hint": hint}).encode()
        head = [
            STATUS_LINE[status],
            b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n" % len(body),
            b"retry-after: %d\r\n" % RETRY_AFTER_SECONDS if status == 503 else b"",
            b"\r\n",
        ]
        if not self.pipeline:
            # else it would be taken for the answer to another request
            self.transport.write(b"".join([*head, body]))
        self.transport.close()

    def _set_timer(self, then: Any, seconds: float | None = None) -> None:
        """One at a time: what is awaited, or None."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if then is not None:
            self._timer = self.loop.call_later(self.patience_seconds if seconds is None else seconds, then)


def _bytes_on_their_way(transport: asyncio.Transport) -> int:
    """Those that the system has taken, and the other end has not acknowledged."""
    try:
        import fcntl
        import termios

        answer = fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, bytes(4))
    except (ImportError, AttributeError, OSError):
        # not every system says it
        return 0
    return int.from_bytes(answer, sys.byteorder)


def make_server(app: ASGIApp, settings: Settings) -> uvicorn.Server:
    """`server.run(sockets=[…])` serves until SIGTERM, and then finishes what is under way."""
    protocol = type(
        "Protocol",
        (_Protocol,),
        {
            "max_connections": _affordable(settings.serve_max_connections),
            "patience_seconds": settings.serve_timeout_seconds,
        },
    )
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=protocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            # by default it would believe whoever calls from this machine
            proxy_headers=settings.forwarded_allow_ips is not None,
            forwarded_allow_ips=settings.forwarded_allow_ips or "",
            timeout_graceful_shutdown=math.ceil(settings.worker_grace_seconds),
        )
    )


def _affordable(connections: int) -> int:
    """As many as wanted, unless the process may not have so many files open."""
    try:
        import resource
    except ImportError:
        # Windows has no such limit
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(1, min(connections, soft - _SPARE_FILES))
    return connections
