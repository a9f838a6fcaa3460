"""HTTP under the `replicate` client, by aiohttp: httpx's own transport costs three times the CPU."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

import aiohttp
import httpx
from aiohttp.abc import AbstractStreamWriter

from basepool import encoding

MAX_ANSWER_BYTES = 20_000_000
"""How much of an answer is held. What counts here and elsewhere are bytes as they are when they are no longer compressed."""
MAX_ERROR_BYTES = 100_000
"""How much is read of an answer that is no success."""
READ_WITH = "read_with"
"""The extension of a request with a function that is called for a success and returns the Reader of its body."""
BEFORE_WRITING = "before_writing"
"""The extension of a request with what is called right before it goes to the socket; if that raises, nothing does."""

CONTENT = "content"
"""The extension of a request with the bytes that are sent instead of its own body."""

_ACCEPTED = ("accept-encoding", encoding.ACCEPTED)
_KEEP_ALIVE_SECONDS = 5.0
_BREATH_BYTES = 1_000_000
_Callback = Callable[[], None]


class Reader(Protocol):
    """Takes the body of an answer as it comes in."""

    async def feed(self, data: bytes) -> None:
        """Take more of it. Raises TooLarge."""

    def body(self) -> bytes:
        """What is left of it for the client."""


class TooLarge(aiohttp.ClientPayloadError):
    """More came than anybody wants to hold."""


class _Whole:
    """Holds all of it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    async def feed(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > MAX_ANSWER_BYTES:
            raise TooLarge("the answer is too large")
        self._parts.append(data)

    def body(self) -> bytes:
        return b"".join(self._parts)


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
                headers=[
                    *(each for each in request.headers.multi_items() if each[0].lower() != "accept-encoding"),
                    _ACCEPTED,
                ],
                data=_Body(content, before_writing) if before_writing else content or None,
                timeout=aiohttp.ClientTimeout(connect=timeout.get("connect"), sock_read=timeout.get("read")),
                allow_redirects=False,
            ) as response:
                read_with = request.extensions.get(READ_WITH)
                body = await _read(response, read_with)
                return httpx.Response(response.status, headers=_of_decoded(response), content=body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            kind = httpx.ConnectTimeout if isinstance(error, TimeoutError) else httpx.ConnectError
            raise kind(str(error)) from error
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except aiohttp.InvalidURL as error:
            raise httpx.InvalidURL(type(error).__name__) from error
        except (aiohttp.ClientError, encoding.Undecodable, OSError) as error:
            raise httpx.ReadError(f"{type(error).__name__} {error}") from error

    def opened(self) -> aiohttp.ClientSession:
        """The session, opened by the first request."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, keepalive_timeout=_KEEP_ALIVE_SECONDS, ssl=httpx.create_ssl_context()
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                # decoded here, a little at a time: nobody knows what becomes of a small body
                auto_decompress=False,
            )
        return self._session

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()


async def _read(response: aiohttp.ClientResponse, read_with: Callable[[], Reader] | None) -> bytes:
    if not 200 <= response.status < 300:
        return await _beginning(response)
    reader = read_with() if read_with else _Whole()
    since_breath = 0
    async for part in encoding.decoded(response.content.iter_any(), response.headers.get("content-encoding", "")):
        await reader.feed(part)
        since_breath += len(part)
        if since_breath > _BREATH_BYTES:
            # what is there already is read without waiting for anything, and others want their turn
            since_breath = 0
            await asyncio.sleep(0)
    return reader.body()


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """Of what went wrong, enough to judge it."""
    body = b""
    # the status counts, whatever can be read of the rest
    with contextlib.suppress(encoding.Undecodable):
        async for part in encoding.decoded(response.content.iter_any(), response.headers.get("content-encoding", "")):
            body += part
            if len(body) >= MAX_ERROR_BYTES:
                response.close()
                break
    return body[:MAX_ERROR_BYTES]


def _of_decoded(response: aiohttp.ClientResponse) -> list[tuple[bytes, bytes]]:
    said_of_the_wire = {b"content-encoding", b"content-length", b"transfer-encoding"}
    return [each for each in response.raw_headers if each[0].lower() not in said_of_the_wire]
