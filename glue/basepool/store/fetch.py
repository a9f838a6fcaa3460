"""Fetches an output from where its link leads, and trusts nothing of it: not the link, not who answers, not what he says of its
length, its type or its end."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

import aiohttp
from yarl import URL

from basepool import encoding
from basepool.config import Settings
from basepool.store.kinds import HEAD_BYTES
from basepool.store.spool import Share
from basepool.store.upload import retry_after, say

_BLOCK_BYTES = 1_000_000
_STEP_BYTES = 8_000_000
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 30.0
_PATIENCE_SECONDS = 30.0
_LEAST_BYTES_PER_SECOND = 10_000
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,8})$")
_DATA = re.compile(r"data:(?P<type>[\w.+/-]*)(?P<parameters>(?:;[\w.=+%\"-]*)*),", re.ASCII | re.IGNORECASE)


class NotFetched(Exception):
    """`code`: source_gone, bad_source or too_large, which time does not mend; source_failed, which it may."""

    def __init__(self, code: str, text: str, retry_after: float | None = None) -> None:
        """`retry_after`: seconds, where the source says so."""
        super().__init__(text)
        self.code = code
        self.retry_after = retry_after


@dataclass(frozen=True)
class Fetched:
    """What came: all of it, in the file it was written to."""

    size: int
    sha256: str
    head: bytes
    extension: str
    """What the link says it is, lower case; a hint and no more."""
    declared: str | None
    """What the source says it is."""


async def fetch(
    session: aiohttp.ClientSession, source: str, target: Path, share: Share, settings: Settings, max_bytes: int | None
) -> Fetched:
    """Write what `source` leads to into `target`; `max_bytes` None: however much that is. Raises NotFetched, and OSError where
    there is no place for it."""
    max_bytes = sys.maxsize if max_bytes is None else max_bytes
    if source[:5].lower() == "data:":
        return await _decode(source, target, share, max_bytes)
    url = _checked(source, settings.store_sources)
    found = _EXTENSION.search(url.path)
    try:
        async with asyncio.timeout(settings.store_timeout_seconds):
            return await _fetch(session, url, target, share, max_bytes, found[1].lower() if found else "")
    except TimeoutError:
        raise NotFetched("source_failed", "it did not come in time") from None
    except encoding.Undecodable as error:
        raise NotFetched("source_failed", str(error)) from None
    except aiohttp.ClientError as error:
        raise NotFetched("source_failed", say(error)) from None


def _checked(source: str, allowed: str) -> URL:
    """The link as it will be asked for, by the parser that also asks: two would differ where somebody wants them to. Raises
    NotFetched."""
    try:
        url = URL(source, encoded=True)
        host, port = (url.raw_host or "").lower(), url.explicit_port
    except ValueError:
        raise NotFetched("bad_source", "the link can't be read") from None
    if not re.fullmatch(r"[!-~]+", source) or "\\" in source or url.user is not None or url.password is not None:
        raise NotFetched("bad_source", "the link is none that we would ask for")
    if not _is_allowed(host, port, allowed):
        raise NotFetched("bad_source", "the link leads to a host that is not one of STORE_SOURCES")
    if url.scheme != "https" and not (url.scheme == "http" and _is_near(host)):
        raise NotFetched("bad_source", "the link does not begin with https://")
    return url


def _is_allowed(host: str, port: int | None, allowed: str) -> bool:
    for each in allowed.split(","):
        name, _, its_port = each.strip().partition(":")
        if host != name and not host.endswith(f".{name}"):
            continue
        if its_port:
            if port is not None and port == int(its_port):
                return True
        elif port in {None, 443} or _is_near(host):
            return True
    return False


def _is_near(host: str) -> bool:
    """Whether it is this machine, or one that only a network of one's own has a name for."""
    return host == "127.0.0.1" or "." not in host


async def _fetch(
    session: aiohttp.ClientSession, url: URL, target: Path, share: Share, max_bytes: int, extension: str
) -> Fetched:
    async with session.get(
        url,
        headers={"accept": "*/*", "accept-encoding": "identity"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS, sock_read=_READ_SECONDS),
        allow_redirects=False,
    ) as response:
        _check_status(response)
        length = response.content_length
        if length is not None and length > max_bytes:
            raise NotFetched("too_large", f"it says that it has {length} bytes, and {max_bytes} are allowed")
        if length is None and "chunked" not in response.headers.get("transfer-encoding", "").lower():
            # where a connection that breaks looks like an end, nobody knows whether it was one
            raise NotFetched("source_failed", "it does not say where it ends")
        await share.grow(length or _STEP_BYTES)
        parts = encoding.decoded(response.content.iter_any(), response.headers.get("content-encoding", ""))
        with open(target, "xb") as file:  # noqa: ASYNC230
            size, sha256, head = await _write(_not_too_slow(parts), file, share, length or _STEP_BYTES, max_bytes)
        return Fetched(size, sha256, head, extension, response.headers.get("content-type"))


def _check_status(response: aiohttp.ClientResponse) -> None:
    status = response.status
    if status in {403, 404, 410}:
        raise NotFetched("source_gone", f"HTTP {status}")
    if 300 <= status < 400:
        raise NotFetched("bad_source", f"HTTP {status}: it leads elsewhere")
    if status != 200:
        raise NotFetched("source_failed", f"HTTP {status}", retry_after(response.headers))


async def _not_too_slow(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Who dribbles would keep a hand from others for as long as a large file may take. Time in which nobody asks for more
    (there is no room) is not held against the source."""
    loop = asyncio.get_running_loop()
    waited, size = 0.0, 0
    began = loop.time()
    async for part in parts:
        waited += loop.time() - began
        size += len(part)
        if waited > _PATIENCE_SECONDS and size < waited * _LEAST_BYTES_PER_SECOND:
            raise NotFetched("source_failed", f"it is too slow: {size} bytes in {waited:.0f} s")
        yield part
        began = loop.time()


async def _write(
    parts: AsyncIterator[bytes], file: BinaryIO, share: Share, has_room_for: int, max_bytes: int
) -> tuple[int, str, bytes]:
    """Size, hash and beginning of what was written."""
    digest = hashlib.sha256()
    size, held = 0, 0
    head = b""
    block: list[bytes] = []

    def put_away(pieces: list[bytes]) -> None:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)

    async for part in parts:
        size += len(part)
        if size > max_bytes:
            raise NotFetched("too_large", f"it has more than {max_bytes} bytes")
        if size > has_room_for:
            has_room_for = size + _STEP_BYTES
            await share.grow(has_room_for)
        if len(head) < HEAD_BYTES:
            head += part[: HEAD_BYTES - len(head)]
        block.append(part)
        held += len(part)
        if held >= _BLOCK_BYTES:
            await asyncio.to_thread(put_away, block)
            block, held = [], 0
    await asyncio.to_thread(put_away, block)
    return size, digest.hexdigest(), head


async def _decode(source: str, target: Path, share: Share, max_bytes: int) -> Fetched:
    """A link that is the file itself. Raises NotFetched."""
    said = _DATA.match(source)
    if not said:
        raise NotFetched("bad_source", "the data: link can't be read")
    if (len(source) - said.end()) * 3 // 4 > max_bytes + 3 and ";base64" in said["parameters"].lower():
        raise NotFetched("too_large", f"it has more than {max_bytes} bytes")
    content = await asyncio.to_thread(_content, source, said)
    if len(content) > max_bytes:
        raise NotFetched("too_large", f"it has {len(content)} bytes, and {max_bytes} are allowed")
    await share.grow(len(content))

    async def parts() -> AsyncIterator[bytes]:
        yield content

    with open(target, "xb") as file:  # noqa: ASYNC230
        size, sha256, head = await _write(parts(), file, share, len(content), max_bytes)
    return Fetched(size, sha256, head, "", said["type"] or "text/plain")


def _content(source: str, said: re.Match[str]) -> bytes:
    raw = unquote_to_bytes(source[said.end() :])
    if not said["parameters"].lower().endswith(";base64"):
        return raw
    try:
        # in the alphabet of links, too, with lines, or without what only fills up
        raw = raw.translate(bytes.maketrans(b"-_", b"+/"), b" \t\r\n").rstrip(b"=")
        return base64.b64decode(raw + b"=" * (-len(raw) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise NotFetched("bad_source", "the data: link is no base64") from None
