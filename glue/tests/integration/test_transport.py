"""The HTTP under the `replicate` client, against servers that answer badly: what was sent, and what is given back."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from basepool.transport import BEFORE_WRITING, MAX_ANSWER_BYTES, Transport
from dev.devserver import reserved_port
from tests.support import PATIENCE_SECONDS

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
_OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


async def _request(reader: asyncio.StreamReader) -> bytes:
    """One request with its body."""
    head = await reader.readuntil(b"\r\n\r\n")
    [length] = [
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    ] or [0]
    return head + await reader.readexactly(length)


@contextlib.asynccontextmanager
async def _server(answer: Answer) -> AsyncIterator[str]:
    conversations: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        conversations.add(task)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    async with server:
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            # from Python 3.12 on a server waits until the last of them has ended
            for task in conversations:
                task.cancel()


@contextlib.asynccontextmanager
async def _client(connections: int = 10) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=Transport(connections), timeout=PATIENCE_SECONDS) as client:
        yield client
        transport = client._transport
        assert isinstance(transport, Transport)
        connector = transport.opened().connector
        assert connector
        # whatever happened: a connection that is not given back is lost to all later calls
        assert not connector._acquired


async def test_what_is_sent_arrives_as_it_is_and_connections_are_kept() -> None:
    seen: list[bytes] = []
    connections = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while True:
            seen.append(await _request(reader))
            writer.write(b"HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 4\r\n\r\nnone")

    async with _server(answer) as url, _client() as client:
        for _ in range(3):
            answered = await client.post(f"{url}/v1/x?a=%2B1%3A&b=c", content=b'{"a": 1}', headers={"X-Token": "r8"})
        assert (answered.status_code, answered.headers["retry-after"], answered.text) == (429, "7", "none")
    assert connections == 1
    assert seen[2].startswith(b"POST /v1/x?a=%2B1:&b=c HTTP/1.1\r\n")
    assert seen[2].endswith(b'\r\n\r\n{"a": 1}')
    assert b"\r\nx-token: r8\r\n" in seen[2].lower()


async def test_a_compressed_answer_is_read() -> None:
    body = gzip.compress(b'{"id": "p1"}')

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert b"gzip" in await _request(reader)
        head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)

    async with _server(answer) as url, _client() as client:
        assert (await client.get(url)).json() == {"id": "p1"}


@pytest.mark.parametrize("how", ["with a length", "in chunks"])
async def test_an_answer_without_end_is_given_up(how: str) -> None:
    part = b"x" * 1_000_000

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        head = f"content-length: {10 * MAX_ANSWER_BYTES}" if how == "with a length" else "transfer-encoding: chunked"
        writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode())
        for _ in range(10 * MAX_ANSWER_BYTES // len(part)):
            writer.write(part if how == "with a length" else f"{len(part):x}\r\n".encode() + part + b"\r\n")
            await writer.drain()

    async with _server(answer) as url, _client() as client:
        with pytest.raises(httpx.ReadError, match="too large"):
            await client.get(url)


@pytest.mark.parametrize(
    "sent", [b"", b"HTTP/1.1 201 Cre", b"HTTP/1.1 201 Created\r\ncontent-length: 9\r\n\r\n{", b"what?\r\n\r\n"]
)
@pytest.mark.parametrize("is_reset", [True, False])
async def test_what_ends_without_an_answer_may_have_been_done(sent: bytes, is_reset: bool) -> None:
    """Neither a connect error, which would say that nothing was sent, nor sent twice."""
    requests = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        await _request(reader)
        requests += 1
        writer.write(sent)
        await writer.drain()
        if is_reset:
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    async with _server(answer) as url, _client() as client:
        with pytest.raises(httpx.ReadError):
            await client.post(url, content=b"{}")
    assert requests == 1


async def test_where_nobody_listens_it_is_a_connect_error() -> None:
    with reserved_port() as port:
        async with _client() as client:
            with pytest.raises(httpx.ConnectError):
                await client.post(f"http://127.0.0.1:{port}", content=b"{}")
            with pytest.raises(httpx.ConnectError):
                await client.post("http://nobody.invalid", content=b"{}")


async def test_who_speaks_no_tls_is_a_connect_error() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with _server(answer) as url, _client() as client:
        with pytest.raises(httpx.ConnectError):
            await client.post(url.replace("http:", "https:"), content=b"{}")


async def test_each_limit_of_time_has_its_error() -> None:
    came = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        came.set()
        await asyncio.sleep(PATIENCE_SECONDS)

    async with _server(answer) as url, _client(connections=1) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.post(url, content=b"{}", timeout=httpx.Timeout(None, read=0.2))
        came.clear()
        held = asyncio.create_task(client.post(url, content=b"{}"))
        await came.wait()
        # no connection is free: nothing was sent
        with pytest.raises(httpx.ConnectTimeout):
            await client.post(url, content=b"{}", timeout=httpx.Timeout(None, connect=0.2))
        held.cancel()
        await asyncio.gather(held, return_exceptions=True)


async def test_a_call_that_is_cancelled_gives_its_place_to_the_next() -> None:
    is_slow = True

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        if is_slow:
            await asyncio.sleep(PATIENCE_SECONDS)
        writer.write(_OK)

    async with _server(answer) as url, _client(connections=2) as client:
        for _ in range(5):
            calls = [asyncio.create_task(client.post(url, content=b"{}")) for _ in range(4)]
            await asyncio.sleep(0.05)
            for call in calls:
                call.cancel()
            assert all(
                isinstance(e, asyncio.CancelledError) for e in await asyncio.gather(*calls, return_exceptions=True)
            )
        is_slow = False
        answers = await asyncio.gather(*(client.post(url, content=b"{}") for _ in range(6)))
        assert [answered.status_code for answered in answers] == [200] * 6


def _are_open(client: httpx.AsyncClient) -> bool:
    """Whether a connection that waits for the next call is open still."""
    transport = client._transport
    assert isinstance(transport, Transport)
    connector = transport.opened().connector
    assert connector
    return any(protocol.is_connected() for kept in connector._conns.values() for protocol, _ in kept)


async def test_a_connection_that_was_closed_while_idle_is_not_used() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _request(reader)
        writer.write(_OK)

    async with _server(answer) as url, _client() as client:
        for _ in range(5):
            assert (await client.post(url, content=b"{}")).status_code == 200
            while _are_open(client):
                await asyncio.sleep(0.01)


async def test_what_refuses_right_before_it_is_written_keeps_it_from_being_sent() -> None:
    """And with it the connection is closed, which half a request may be on."""
    requests: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            requests.append(await reader.readexactly(1))
            await _request(reader)
            writer.write(_OK)

    def refuse() -> None:
        raise RuntimeError("too late")

    async with _server(answer) as url, _client() as client:
        for before in (refuse, lambda: None, refuse):
            with contextlib.suppress(httpx.ReadError):
                await client.post(url, content=b"{}", extensions={BEFORE_WRITING: before})
    assert len(requests) == 1


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """As before: a token goes where REPLICATE_BASE_URL says and nowhere else."""
    with reserved_port() as port:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _request(reader)
            writer.write(_OK)

        async with _server(answer) as url, httpx.AsyncClient(transport=Transport(1), trust_env=False) as client:
            assert (await client.post(url, content=b"{}")).status_code == 200
