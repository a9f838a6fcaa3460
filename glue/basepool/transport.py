"""HTTP under the `replicate` client, by aiohttp: httpx's own transport costs three times the CPU."""

from __future__ import annotations

from collections.abc import Callable

import aiohttp
import httpx
from aiohttp.abc import AbstractStreamWriter

MAX_ANSWER_BYTES = 20_000_000
BEFORE_WRITING = "before_writing"
"""The extension of a request with what is called right before it goes to the socket; if that raises, nothing does."""

CONTENT = "content"
"""The extension of a request with the bytes that are sent instead of its own body."""

_KEEP_ALIVE_SECONDS = 5.0
_Callback = Callable[[], None]


class _Body(aiohttp.BytesPayload):
    """The head waits for the body and goes with it."""

    def __init__(self, content: bytes, before_writing: _Callback) -> None:
        super().__init__(content)
        self._before_writing = before_writing

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        self._before_writing()
        await super().write_with_length(writer, content_length)


class Transport(httpx.AsyncBaseTransport):
    """One pool of connections. A request is sent once: aiohttp repeats only what has no consequences, and not a POST."""

    def __init__(self, connections: int) -> None:
        """Nothing is opened before the first request."""
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.ConnectError, ConnectTimeout (nothing was sent), ReadTimeout, ReadError (nobody knows), InvalidURL."""
        content: bytes | None = request.extensions.get(CONTENT)
        if content is None:
            content = await request.aread()
        before_writing: _Callback | None = request.extensions.get(BEFORE_WRITING)
        timeout = request.extensions.get("timeout", {})
        try:
            async with self.opened().request(
                request.method,
                str(request.url),
                headers=request.headers.multi_items(),
                data=_Body(content, before_writing) if before_writing else content or None,
                timeout=aiohttp.ClientTimeout(connect=timeout.get("connect"), sock_read=timeout.get("read")),
                allow_redirects=False,
            ) as response:
                return httpx.Response(response.status, headers=response.raw_headers, content=await _read(response))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            kind = httpx.ConnectTimeout if isinstance(error, TimeoutError) else httpx.ConnectError
            raise kind(str(error)) from error
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except aiohttp.InvalidURL as error:
            raise httpx.InvalidURL(type(error).__name__) from error
        except (aiohttp.ClientError, OSError) as error:
            raise httpx.ReadError(f"{type(error).__name__} {error}") from error

    def opened(self) -> aiohttp.ClientSession:
        """The session, opened by the first request."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, keepalive_timeout=_KEEP_ALIVE_SECONDS, ssl=httpx.create_ssl_context()
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                # httpx has said and will decode what it accepts
                auto_decompress=False,
            )
        return self._session

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()


async def _read(response: aiohttp.ClientResponse) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise aiohttp.ClientPayloadError("the answer is too large")
        parts.append(part)
    return b"".join(parts)
