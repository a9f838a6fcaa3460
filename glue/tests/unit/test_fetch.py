"""Fetching trusts nobody: whatever a source does costs that one file, and what is written is all that was sent or nothing."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from basepool.config import Settings
from basepool.store import fetch as fetching
from basepool.store.fetch import Fetched, NotFetched, fetch
from basepool.store.spool import Budget
from basepool.store.upload import make_session
from tests.stand_ins import Converse, conversing, for_ever, saying, silence
from tests.support import PATIENCE_SECONDS

_MANY = 100_000_000
_OK = "HTTP/1.1 200 OK\ncontent-type: image/png"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    session = make_session(8)
    yield session
    await session.close()


async def _fetch(
    session: aiohttp.ClientSession, source: str, target: Path, max_bytes: int | None = _MANY, **settings: Any
) -> Fetched:
    given: dict[str, Any] = {"store_sources": "127.0.0.1", "store_timeout_seconds": PATIENCE_SECONDS} | settings
    with Budget(_MANY).share() as share:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await fetch(session, source, target, share, Settings(**given), max_bytes)


async def _refused(session: aiohttp.ClientSession, source: str, target: Path, **how: Any) -> NotFetched:
    with pytest.raises(NotFetched) as caught:
        await _fetch(session, source, target, **how)
    return caught.value


# what is sent as it should be


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 3_000_001])
async def test_all_of_it_is_there(session: aiohttp.ClientSession, tmp_path: Path, size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    with conversing(saying(f"{_OK}\ncontent-length: {size}", content)) as url:
        fetched = await _fetch(session, f"{url}/a/out-0.PNG?x=1.exe", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == content
    assert fetched == Fetched(size, hashlib.sha256(content).hexdigest(), content[:4096], "png", "image/png")


async def test_in_pieces_of_unknown_number_and_compressed_as_well(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    content = b"all work and no play" * 10_000
    packed = gzip.compress(content)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (packed[:100], packed[100:]))
    head = f"{_OK}\ntransfer-encoding: chunked\ncontent-encoding: gzip"
    with conversing(saying(head, chunks, b"0\r\n\r\n")) as url:
        fetched = await _fetch(session, f"{url}/a", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == content
    assert (fetched.size, fetched.extension) == (len(content), "")


async def test_no_token_no_cookie_no_agent_of_ours_goes_along(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    heard: list[bytes] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nset-cookie: a=b\r\ncontent-length: 1\r\n\r\nx")

    with conversing(converse) as url:
        await _fetch(session, f"{url}/a", tmp_path / "one")
        await _fetch(session, f"{url}/a", tmp_path / "two")
    assert len(heard) == 2
    for head in heard:
        names = {line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:] if line}
        assert names <= {b"host", b"accept", b"accept-encoding", b"user-agent"}


# where a link leads


@pytest.mark.parametrize(
    "source",
    [
        "https://evil.example/a.png",
        "https://replicate.delivery.evil.example/a.png",
        "https://evilreplicate.delivery/a.png",
        "http://replicate.delivery/a.png",
        "https://replicate.delivery:8443/a.png",
        "https://user@replicate.delivery/a.png",
        "https://replicate.delivery@evil.example/a.png",
        "https://replicate.delivery\\@evil.example/a.png",
        "https://evil.example\\.replicate.delivery/a.png",
        "https://evil.example#.replicate.delivery/a.png",
        "https://evil.example?.replicate.delivery/a.png",
        "https://evil.example/.replicate.delivery/a.png",
        "https://%72eplicate.delivery/a.png",
        "https://replicate.delivery./a.png",
        "https://ⓡeplicate.delivery/a.png",
        "https://replicate.delivery/a b.png",
        "https://replicate.delivery/a\r\nx-evil: 1",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.png",
        "https://[::1/a.png",
        "https:///a.png",
        "//replicate.delivery/a.png",
        "ftp://replicate.delivery/a.png",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "a.png",
        "",
    ],
)
async def test_it_leads_to_nobody_else(session: aiohttp.ClientSession, tmp_path: Path, source: str) -> None:
    error = await _refused(session, source, tmp_path / "file", store_sources="replicate.delivery")
    assert error.code == "bad_source"
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ("https://replicate.delivery/a.png", "replicate.delivery"),
        ("https://pbxt.replicate.delivery/a.png", "replicate.delivery"),
        ("https://REPLICATE.delivery/a.png", "replicate.delivery"),
        ("https://replicate.delivery:443/a.png", "replicate.delivery"),
        ("https://cdn.example:8443/a.png", "replicate.delivery, cdn.example:8443"),
        ("http://127.0.0.1:9100/files/a.png", "127.0.0.1"),
        ("http://simulator:9100/files/a.png", "simulator"),
    ],
)
def test_it_leads_where_it_may(source: str, allowed: str) -> None:
    assert fetching._checked(source, allowed).host == source.split("/")[2].partition(":")[0].lower()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_it_is_not_led_on(session: aiohttp.ClientSession, tmp_path: Path, status: int) -> None:
    asked = 0

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readuntil(b"\r\n\r\n")
        asked += 1
        writer.write(f"HTTP/1.1 {status} Gone\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n".encode())

    with conversing(converse) as url:
        error = await _refused(session, f"{url}/a", tmp_path / "file")
    assert (error.code, asked) == ("bad_source", 1)


# who answers


def _dribbles(piece: bytes) -> Converse:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)

    return converse


@pytest.mark.parametrize(
    ("converse", "code"),
    [
        (saying("HTTP/1.1 404 Not Found\ncontent-length: 0"), "source_gone"),
        (saying("HTTP/1.1 410 Gone\ncontent-length: 0"), "source_gone"),
        (saying("HTTP/1.1 403 Forbidden\ncontent-length: 3", b"<x>"), "source_gone"),
        (saying("HTTP/1.1 500 Oh\ncontent-length: 0"), "source_failed"),
        (saying("HTTP/1.1 204 No Content"), "source_failed"),
        (saying("HTTP/1.1 206 Partial\ncontent-length: 1", b"x"), "source_failed"),
        (saying("SSH-2.0-OpenSSH"), "source_failed"),
        (saying(f"{_OK}\ncontent-length: -1"), "source_failed"),
        # it ends early
        (saying(f"{_OK}\ncontent-length: 1000", b"x" * 999), "source_failed"),
        (saying(f"{_OK}\ntransfer-encoding: chunked", b"5\r\nabcde\r\n"), "source_failed"),
        # whether it does nobody can know
        (saying(_OK, b"x" * 999), "source_failed"),
        # it does not end
        (saying(f"{_OK}\ncontent-length: {_MANY + 1}"), "too_large"),
        (saying(f"{_OK}\ntransfer-encoding: chunked", b"6000000\r\n", then=for_ever), "too_large"),
        # it unfolds, or does not
        (saying(f"{_OK}\ncontent-encoding: br\ncontent-length: 4", b"abcd"), "source_failed"),
        (saying(f"{_OK}\ncontent-encoding: gzip\ncontent-length: 4", b"abcd"), "source_failed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_it_does_is_known_for_what_it_is(
    session: aiohttp.ClientSession, tmp_path: Path, converse: Converse, code: str
) -> None:
    with conversing(converse) as url:
        error = await _refused(session, f"{url}/a.png", tmp_path / "file", max_bytes=50_000_000)
    assert error.code == code, error


async def test_a_little_that_unfolds_to_much_is_stopped_in_time(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(50_000_000))
    with conversing(saying(f"{_OK}\ncontent-encoding: gzip\ncontent-length: {len(bomb)}", bomb)) as url:
        error = await _refused(session, f"{url}/a", tmp_path / "file", max_bytes=2_000_000)
    assert error.code == "too_large"
    assert (tmp_path / "file").stat().st_size < 4_000_000


@pytest.mark.parametrize(
    "then", [silence, _dribbles(b"x")], ids=["it says nothing more", "it says a byte now and then"]
)
async def test_who_never_comes_to_an_end_is_given_up(
    session: aiohttp.ClientSession, tmp_path: Path, then: Converse
) -> None:
    with conversing(saying(f"{_OK}\ncontent-length: 1000000", then=then)) as url:
        error = await _refused(session, f"{url}/a", tmp_path / "file", store_timeout_seconds=0.5)
    assert error.code == "source_failed"


async def test_who_dribbles_keeps_no_hand_for_as_long_as_a_large_file_may_take(
    session: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_PATIENCE_SECONDS", 0.2)
    with conversing(saying(f"{_OK}\ncontent-length: 1000000", then=_dribbles(b"x"))) as url:
        error = await _refused(session, f"{url}/a", tmp_path / "file")
    assert "too slow" in str(error)


async def test_who_is_busy_says_when_to_come_again(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    with conversing(saying("HTTP/1.1 503 Busy\nretry-after: 7\ncontent-length: 0")) as url:
        error = await _refused(session, f"{url}/a", tmp_path / "file")
    assert (error.code, error.retry_after) == ("source_failed", 7)


async def test_nobody_is_there(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    assert (await _refused(session, "http://127.0.0.1:1/a", tmp_path / "file")).code == "source_failed"


async def test_however_much_it_is_where_nothing_is_too_large(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    with conversing(saying(f"{_OK}\ncontent-length: 3", b"abc")) as url:
        assert (await _fetch(session, f"{url}/a", tmp_path / "file", max_bytes=None)).size == 3


# a link that is the file

_PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
_BASE64 = base64.b64encode(_PIXEL).decode()


@pytest.mark.parametrize(
    ("source", "content", "declared"),
    [
        (f"data:image/png;base64,{_BASE64}", _PIXEL, "image/png"),
        (f"DATA:image/png;BASE64,{_BASE64.rstrip('=')}", _PIXEL, "image/png"),
        (f"data:image/png;base64,{_BASE64.replace('+', '%2B').replace('=', '%3D')}", _PIXEL, "image/png"),
        (f"data:image/png;base64,{base64.urlsafe_b64encode(_PIXEL).decode()}", _PIXEL, "image/png"),
        (f"data:image/png;base64,{_BASE64[:40]}%0A{_BASE64[40:]}", _PIXEL, "image/png"),
        (f"data:image/png;name=a.png;base64,{_BASE64}", _PIXEL, "image/png"),
        ("data:text/plain;charset=utf-8,caf%C3%A9", "café".encode(), "text/plain"),
        ("data:,a%20b", b"a b", "text/plain"),
        ("data:image/svg+xml,<svg/>", b"<svg/>", "image/svg+xml"),
        ("data:;base64,", b"", "text/plain"),
    ],
)
async def test_what_is_in_the_link_is_decoded(
    session: aiohttp.ClientSession, tmp_path: Path, source: str, content: bytes, declared: str
) -> None:
    fetched = await _fetch(session, source, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == content
    assert (fetched.size, fetched.declared, fetched.extension) == (len(content), declared, "")
    assert fetched.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("data:image/png;base64,%%%", "bad_source"),
        ("data:image/png;base64,abc*def=", "bad_source"),
        ("data:image/png;base64,abcde", "bad_source"),
        ("data:image/png;base64", "bad_source"),
        ("data:" + "a" * 100, "bad_source"),
        ("data:image/png;base64," + "A" * 4000, "too_large"),
        ("data:," + "a" * 2001, "too_large"),
    ],
)
async def test_what_is_no_such_link_is_refused(
    session: aiohttp.ClientSession, tmp_path: Path, source: str, code: str
) -> None:
    assert (await _refused(session, source, tmp_path / "file", max_bytes=2000)).code == code
