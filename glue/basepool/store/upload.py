"""Sends a file in one PUT or POST that says how long it is: whatever is broken off, the store has nothing of it, so there is
nothing to abort. The memory it takes is a block, whatever the size of the file."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import aiohttp
import httpx
from yarl import URL

from basepool.redaction import describe
from basepool.store.base import StoreFailed

_BLOCK_BYTES = 256 * 1024
_STALL_SECONDS = 30.0
_CONNECT_SECONDS = 10.0
_LEAST_BYTES_PER_SECOND = 5_000_000
_ANSWER_BYTES = 20_000
_TRIES = 2
_BROKEN = (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)


@dataclass(frozen=True)
class Answer:
    """What a store said."""

    status: int
    body: str
    retry_after: float | None


def make_session(concurrency: int) -> aiohttp.ClientSession:
    """Connections to one store, or to the sources. No cookies, no proxy of the environment, nothing decoded unasked."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=concurrency, ssl=httpx.create_ssl_context()),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
    )


async def send(
    session: aiohttp.ClientSession, method: str, url: str, file: Path, headers: Mapping[str, str], seconds: float
) -> Answer:
    """Send `file`, within `seconds`, and earlier give up where nothing of it is taken any more. Raises StoreFailed where
    there is no answer."""
    for last in range(_TRIES - 1, -1, -1):
        try:
            return await _send(session, method, url, file, headers, seconds)
        except _BROKEN as error:
            # most likely a connection that was kept had been closed meanwhile; and it may be sent twice
            if not last:
                raise StoreFailed(say(error)) from None
        except TimeoutError:
            raise StoreFailed("the store did not take it in time") from None
        except (aiohttp.ClientError, OSError) as error:
            raise StoreFailed(say(error)) from None
    raise AssertionError


async def _send(
    session: aiohttp.ClientSession, method: str, url: str, file: Path, headers: Mapping[str, str], seconds: float
) -> Answer:
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    with open(file, "rb") as source:  # noqa: ASYNC230
        size = file.stat().st_size
        async with asyncio.timeout(seconds) as limit:

            def give_until(moment: float) -> None:
                # the store may have answered before it has heard all
                with contextlib.suppress(RuntimeError):
                    limit.reschedule(min(ends_at, moment))

            async def blocks() -> AsyncIterator[bytes]:
                async for block in read_blocks(source):
                    # the last one was taken
                    give_until(loop.time() + _STALL_SECONDS)
                    yield block
                # what is still in the sockets has its time, and so has the store to put it away
                give_until(ends_at)

            async with session.request(
                method,
                URL(url, encoded=True),
                data=blocks() if size else b"",
                headers={**headers, "content-length": str(size)},
                timeout=aiohttp.ClientTimeout(
                    total=None,
                    sock_connect=_CONNECT_SECONDS,
                    # a gateway may hold all of it before it passes it on
                    sock_read=2 * _STALL_SECONDS + size / _LEAST_BYTES_PER_SECOND,
                ),
                allow_redirects=False,
            ) as response:
                return await _answer(response)


async def ask(
    session: aiohttp.ClientSession, method: str, url: str, headers: Mapping[str, str], json: object = None
) -> Answer:
    """Any other question, with a short answer. Raises StoreFailed where there is none."""
    try:
        async with (
            asyncio.timeout(2 * _STALL_SECONDS),
            session.request(
                method, URL(url, encoded=True), json=json, headers=headers, allow_redirects=False
            ) as response,
        ):
            return await _answer(response, 10_000_000)
    except TimeoutError:
        raise StoreFailed("the store did not answer in time") from None
    except (aiohttp.ClientError, OSError) as error:
        raise StoreFailed(say(error)) from None


async def _answer(response: aiohttp.ClientResponse, most: int = _ANSWER_BYTES) -> Answer:
    body = b""
    # the status counts, whatever can be read of the rest
    with contextlib.suppress(aiohttp.ClientPayloadError):
        async for part in response.content.iter_any():
            body += part
            if len(body) >= most:
                response.close()
                break
    return Answer(response.status, body[:most].decode("utf-8", "replace"), retry_after(response.headers))


def say(error: BaseException) -> str:
    """An error in one line. The parameters of a link are left out of it: whoever has them may do what it was signed for."""
    return re.sub(r"\?[^\s'\"]*", "?…", describe(error))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """How long to wait, where the answer says so in seconds."""
    text = headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None


def read_blocks(source: BinaryIO) -> AsyncIterator[bytes]:
    """The rest of an open file, a block at a time."""

    async def blocks() -> AsyncIterator[bytes]:
        while block := await asyncio.to_thread(source.read, _BLOCK_BYTES):
            yield block

    return blocks()
