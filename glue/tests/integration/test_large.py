"""What comes in grows only as far as it is let, whatever it was compressed to: the memory stays, and the rest is read."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from basepool import encoding
from basepool.config import Settings
from basepool.replicate import MAX_DOCUMENT_BYTES, Rejected, Replicate, TransportFailed
from basepool.transport import MAX_ANSWER_BYTES, MAX_ERROR_BYTES
from tests.support import PATIENCE_SECONDS

_TOKEN = SecretStr("r8_token_number_1")
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_MEMORY_BYTES = 120_000_000


@asynccontextmanager
async def _answering(head: str, parts: Callable[[], Iterable[bytes]]) -> AsyncIterator[Replicate]:
    """A client of a Replicate that always answers with `head` and `parts`, and then closes the connection."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {head}\r\nconnection: close\r\n\r\n".encode())
            for part in parts():
                writer.write(part)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with Replicate(Settings(replicate_base_url=url, read_timeout_seconds=PATIENCE_SECONDS)) as client:
            yield client


def _compressed(parts: Iterable[bytes], bits: int = 16 + zlib.MAX_WBITS) -> Iterable[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    for part in parts:
        yield packer.compress(part)
    yield packer.flush()


def _blank(megabytes: int) -> Iterable[bytes]:
    yield b'{"id": "a", "logs": "'
    for _ in range(megabytes):
        yield b" " * 1_000_000
    yield b'", "status": "succeeded", "output": "x"}'


@pytest.mark.parametrize("bits", [16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS])
async def test_a_small_body_that_becomes_huge_does_not_fill_the_memory(bits: int) -> None:
    # made before anything is measured
    bomb = list(_compressed(_blank(400), bits))
    assert sum(map(len, bomb)) < 500_000
    name = "gzip" if bits > 16 else "deflate"
    async with _answering(f"200 OK\r\ncontent-encoding: {name}", lambda: bomb) as client:
        tracemalloc.start()
        try:
            with pytest.raises(TransportFailed, match="too large"):
                await client.get(_TOKEN, "a")
            assert tracemalloc.get_traced_memory()[1] < _MEMORY_BYTES
        finally:
            tracemalloc.stop()


async def test_a_huge_error_is_judged_by_its_beginning() -> None:
    bomb = list(_compressed([b"no credit "] + [b" " * 1_000_000] * 400))
    async with _answering("402 Payment Required\r\ncontent-encoding: gzip", lambda: bomb) as client:
        with pytest.raises(Rejected) as raised:
            await client.get(_TOKEN, "a")
    assert raised.value.status == 402
    assert raised.value.body.startswith("no credit")
    assert len(raised.value.body) <= MAX_ERROR_BYTES


async def test_an_error_that_can_not_be_decompressed_has_its_status() -> None:
    async with _answering("422 No\r\ncontent-encoding: gzip", lambda: [b"plain"]) as client:
        with pytest.raises(Rejected) as raised:
            await client.get(_TOKEN, "a")
    assert raised.value.status == 422


async def test_of_what_is_too_large_the_rest_is_read() -> None:
    size = MAX_ANSWER_BYTES // 1_000_000 + 1
    assert size * 1_000_000 < MAX_DOCUMENT_BYTES
    async with _answering("200 OK", lambda: _blank(size)) as client:
        document = await client.get(_TOKEN, "a")
    assert (document["id"], document["status"], document["output"], document["logs"]) == ("a", "succeeded", "x", None)
    [note] = document["basepool_replaced"]["values"]
    assert note == {"at": "logs", "was": "too large", "bytes": size * 1_000_000 + 3}


async def _listed(client: Replicate) -> tuple[list[object], int]:
    ids: list[object] = []
    pages = 0
    async for batch in client.list(_TOKEN, _NOW - timedelta(hours=1), _NOW):
        ids += [each.get("id") for each in batch.predictions]
        pages += batch.begins_page
    return ids, pages


def _page(items: int, megabytes: int) -> Iterable[bytes]:
    yield b'{"previous": null, "next": null, "results": ['
    for number in range(items):
        yield (b", " if number else b"") + b'{"id": "p%d", "input": {"prompt": "' % number
        for _ in range(megabytes):
            yield b"x" * 1_000_000
        yield b'"}}'
    yield b"]}"


async def test_a_page_is_never_held() -> None:
    tracemalloc.start()
    try:
        async with _answering("200 OK", lambda: _page(100, 3)) as client:
            assert await _listed(client) == ([f"p{number}" for number in range(100)], 1)
        assert tracemalloc.get_traced_memory()[1] < _MEMORY_BYTES
    finally:
        tracemalloc.stop()


async def test_a_page_without_end_is_given_up() -> None:
    bomb = list(_compressed(_page(1, 600)))
    async with _answering("200 OK\r\ncontent-encoding: gzip", lambda: bomb) as client:
        tracemalloc.start()
        try:
            with pytest.raises(TransportFailed, match="too large"):
                await _listed(client)
            assert tracemalloc.get_traced_memory()[1] < _MEMORY_BYTES
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b'{"results": null}', b'{"results": [', b'{"results": [], "next": 5}', b"<html>",
        b'{"results": [], "next": "http://[x"}', b'{"results": {"id": "a"}}',
    ],
)  # fmt: skip
async def test_what_is_no_page_is_said_to_be_none(body: bytes) -> None:
    async with _answering("200 OK", lambda: [body]) as client:
        with pytest.raises(TransportFailed, match="HTTP 200 with"):
            await _listed(client)


async def test_a_list_that_is_left_early_lets_its_connection_go() -> None:
    async with _answering("200 OK", lambda: _page(100, 1)) as client:
        batches = client.list(_TOKEN, _NOW - timedelta(hours=1), _NOW)
        first = await anext(batches)
        assert first.begins_page
        await batches.aclose()
        assert [task for task in asyncio.all_tasks() if "_read_page" in repr(task) and not task.done()] == []


# decompressing, by itself


async def _decoded(body: bytes, name: str, step: int = 10) -> bytes:
    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(body), step):
            yield body[start : start + step]

    return b"".join([part async for part in encoding.decoded(parts(), name)])


_TEXT = json.dumps({"a": list(range(10_000))}).encode()


@pytest.mark.parametrize("step", [1, 7, 1_000_000])
@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("", _TEXT),
        ("identity", _TEXT),
        ("gzip", gzip.compress(_TEXT)),
        ("GZip", gzip.compress(_TEXT) + b"\0\0\0"),
        ("x-gzip", gzip.compress(_TEXT[:100]) + gzip.compress(_TEXT[100:])),
        ("deflate", zlib.compress(_TEXT)),
    ],
)
async def test_what_was_compressed_is_read(name: str, body: bytes, step: int) -> None:
    assert await _decoded(body, name, step) == _TEXT


async def test_a_bare_deflate_is_read() -> None:
    assert await _decoded(b"".join(_compressed([_TEXT], -zlib.MAX_WBITS)), "deflate", 1_000_000) == _TEXT


async def test_nothing_may_be_compressed_too() -> None:
    assert await _decoded(b"", "gzip") == b""


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("br", b"x"),
        ("zstd", b"x"),
        ("gzip, gzip", b"x"),
        ("gzip", b"not compressed at all"),
        ("gzip", gzip.compress(_TEXT)[:-20]),
        ("gzip", gzip.compress(_TEXT)[:500] + b"broken" * 100),
    ],
)
async def test_what_can_not_be_decompressed_is_an_error(name: str, body: bytes) -> None:
    with pytest.raises(encoding.Undecodable):
        await _decoded(body, name)
