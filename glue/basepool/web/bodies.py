"""What callers send is held in bounds: how large one body may be, all of them together, and how long one may take. The bounds
are kept here and not by the server, because serverless platforms bring a server of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

from basepool.config import Settings
from basepool.web.refusal import RETRY_AFTER_SECONDS, Refusal

# neither many small pieces, each with its overhead, nor one large one, which leaves a hole in the heap at each size it had
_BLOCK_BYTES = 65_536


class Bodies:
    """The bodies of one process."""

    def __init__(self, settings: Settings, max_bytes: int | None = None) -> None:
        """Nothing is held yet. `max_bytes`: of one, where they are no webhooks."""
        self._max_bytes = max_bytes or settings.webhook_max_bytes
        self._is_of_webhooks = max_bytes is None
        self._max_bytes_together = settings.serve_max_bytes
        self._seconds = settings.serve_timeout_seconds
        self._held = 0
        # several event loops in several threads share the memory
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """Bytes of all bodies that are being read or worked on."""
        return self._held

    def check(self, request: Request) -> None:
        """What the head says of the body. Raises Refusal (413, 415)."""
        # a few bytes may unfold to gigabytes; Replicate sends none
        if request.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            raise Refusal(415, "PT415", "the body is compressed", "Send it without content-encoding.")
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > self._max_bytes:
            raise self._too_large()

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[bytes]:
        """The raw body, which counts among those held until the block is left. Raises Refusal (408, 413, 503), and
        ClientDisconnect."""
        blocks: list[bytes] = []
        block, held = bytearray(), 0
        try:
            try:
                async with asyncio.timeout(self._seconds):
                    async for part in request.stream():
                        if held + len(part) > self._max_bytes:
                            raise self._too_large()
                        self._hold(len(part))
                        held += len(part)
                        block += part
                        if len(block) > _BLOCK_BYTES:
                            blocks.append(bytes(block))
                            block.clear()
            except TimeoutError:
                message = f"the body did not arrive within {self._seconds:g} s"
                raise Refusal(408, "PT408", message, "Send it faster, or raise SERVE_TIMEOUT_SECONDS.") from None
            blocks.append(bytes(block))
            body = b"".join(blocks)
            blocks.clear()
            yield body
        finally:
            with self._lock:
                self._held -= held

    def _hold(self, size: int) -> None:
        with self._lock:
            if self._held + size > self._max_bytes_together:
                raise Refusal(
                    503,
                    "PT503",
                    "too many bodies arrive at once",
                    "Try again; SERVE_MAX_BYTES is how much is held of all together.",
                    retry_after=str(RETRY_AFTER_SECONDS),
                )
            self._held += size

    def _too_large(self) -> Refusal:
        hint = "Raise WEBHOOK_MAX_BYTES." if self._is_of_webhooks else "Send less."
        return Refusal(413, "PT413", f"the body is larger than {self._max_bytes} bytes", hint)
