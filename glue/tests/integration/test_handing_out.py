"""`basepool serve` hands out what is kept: as what it is, in parts, to slow callers too, and to nobody else what is private."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
from pydantic import SecretStr

from basepool.config import Settings
from basepool.simulator import media
from basepool.web.app import create_app
from tests.support import PATIENCE_SECONDS, Owner, eventually, serving_process

_FOLDER = "5a1b0c4e-0000-4000-8000-000000000001/0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b"
_PICTURE = media.picture("png", "a seed").content


@contextlib.asynccontextmanager
async def _client(
    folder: Path, url: str = "postgresql://x@127.0.0.1:1/x", **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    given: dict[str, Any] = {"db_timeout_seconds": PATIENCE_SECONDS, "store_url": folder.as_uri()} | settings
    app = create_app(Settings(database_url=SecretStr(url), **given))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with a picture, a page, a text and something that nobody knows."""
    (tmp_path / _FOLDER).mkdir(parents=True)
    for name, content in {
        "1.png": _PICTURE,
        "2.html": b"<!doctype html><script>alert(document.domain)</script>",
        "3.txt": b"a text",
        "4.bin": b"\x00\x01\x02\x03",
        "5.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        # a page that calls itself a picture
        "6.png": b"<!doctype html><script>alert(document.domain)</script>",
    }.items():
        (tmp_path / _FOLDER / name).write_bytes(content)
    (tmp_path / "secret.txt").write_bytes(b"a secret")
    (tmp_path / _FOLDER / "secret").write_bytes(b"a secret")
    return tmp_path


async def test_a_file_is_what_its_bytes_are_and_stays_for_a_year(folder: Path) -> None:
    async with _client(folder) as client:
        answer = await client.get(f"/outputs/{_FOLDER}/1.png")
        head = await client.head(f"/outputs/{_FOLDER}/1.png")
    assert (answer.status_code, answer.content) == (200, _PICTURE)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "content-disposition" not in answer.headers
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(_PICTURE)))


@pytest.mark.parametrize("name", ["2.html", "4.bin", "5.svg", "6.png"])
async def test_what_a_browser_would_run_or_guess_is_only_saved(folder: Path, name: str) -> None:
    async with _client(folder) as client:
        answer = await client.get(f"/outputs/{_FOLDER}/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == "attachment"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=0-0", 206, _PICTURE[:1]),
        ("bytes=10-19", 206, _PICTURE[10:20]),
        ("bytes=10-", 206, _PICTURE[10:]),
        ("bytes=-5", 206, _PICTURE[-5:]),
        ("bytes=10-999999", 206, _PICTURE[10:]),
        ("bytes=-999999", 206, _PICTURE),
        (f"bytes={len(_PICTURE)}-", 416, None),
        ("bytes=-0", 416, None),
        # what is none, and several at once, count as if nobody had asked for a part
        ("bytes=5-2", 200, _PICTURE),
        ("bytes=-", 200, _PICTURE),
        ("bytes=a-b", 200, _PICTURE),
        ("lines=1-2", 200, _PICTURE),
        ("bytes=0-0,2-2", 200, _PICTURE),
        ("bytes=" + ",".join(f"{number}-{number}" for number in range(3000)), 200, _PICTURE),
        ("bytes=" + "9" * 30 + "-", 200, _PICTURE),
    ],
)
async def test_a_part_can_be_asked_for(folder: Path, asked: str, status: int, content: bytes | None) -> None:
    async with _client(folder) as client:
        answer = await client.get(f"/outputs/{_FOLDER}/1.png", headers={"range": asked})
    assert answer.status_code == status
    if content is None:
        assert answer.headers["content-range"] == f"bytes */{len(_PICTURE)}"
        assert answer.json()["code"] == "PT416"
    else:
        assert answer.content == content


@pytest.mark.parametrize(
    "path",
    [
        f"{_FOLDER}/7.png",
        f"{_FOLDER}/secret",
        f"{_FOLDER}/../../secret.txt",
        f"{_FOLDER}/..%2f..%2fsecret.txt",
        f"{_FOLDER}/%2e%2e/%2e%2e/secret.txt",
        "secret.txt",
        "../secret.txt",
        f"{_FOLDER}",
        f"{_FOLDER}/",
        f"{_FOLDER}/1.png/",
        f"{_FOLDER}/1.png%00",
        f"{_FOLDER}/1.PNG",
        f"{_FOLDER.upper()}/1.png",
        f".new/{_FOLDER.partition('/')[2]}/1.png",
    ],
)
async def test_nothing_else_is_handed_out(folder: Path, path: str) -> None:
    async with _client(folder) as client:
        answer = await client.get(f"/outputs/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "PT404")
    assert b"a secret" not in answer.content


async def test_where_the_store_is_elsewhere_there_is_nothing_here(folder: Path) -> None:
    async with _client(folder, store_url="s3://bucket", store_public_url="https://cdn.example") as client:
        assert (await client.get(f"/outputs/{_FOLDER}/1.png")).status_code == 404


async def test_what_is_private_needs_a_link_that_was_signed_here(folder: Path, glue_url: str, owner: Owner) -> None:
    secret = owner.value("select basepool.get_output_secret()")
    key = f"{_FOLDER}/1.png"

    def link(seconds: int = 600, key: str = key, secret: str = secret) -> str:
        expires = int(time.time()) + seconds
        signature = hmac.new(secret.encode(), f"{key}\n{expires}".encode(), "sha256").hexdigest()
        return f"/outputs/{_FOLDER}/1.png?expires={expires}&signature={signature}"

    async with _client(folder, glue_url, store_visibility="private") as client:
        answer = await client.get(link())
        assert (answer.status_code, answer.content) == (200, _PICTURE)
        assert answer.headers["cache-control"].startswith("private, max-age=")
        for wrong in (
            f"/outputs/{key}",
            link(-1),
            link(secret="another"),
            link(key=f"{_FOLDER}/3.txt"),
            link() + "0",
            link().replace("signature=", "signature=x"),
            link().replace("expires=", "expires=-"),
            f"/outputs/{key}?expires=99999999999999999999&signature={'0' * 64}",
            f"/outputs/{key}?expires=٣&signature={'0' * 64}",
        ):
            refused = await client.get(wrong)
            assert (refused.status_code, refused.json()["code"]) == (403, "PT403"), wrong
        # whether it is there is nobody's business without a link
        assert (await client.get(f"/outputs/{_FOLDER}/7.png")).status_code == 403


async def test_a_secret_that_was_made_anew_counts_at_once(folder: Path, glue_url: str, owner: Owner) -> None:
    async with _client(folder, glue_url, store_visibility="private") as client:

        def link() -> str:
            expires = int(time.time()) + 600
            secret = owner.value("select basepool.get_output_secret()")
            signature = hmac.new(secret.encode(), f"{_FOLDER}/1.png\n{expires}".encode(), "sha256").hexdigest()
            return f"/outputs/{_FOLDER}/1.png?expires={expires}&signature={signature}"

        assert (await client.get(link())).status_code == 200
        owner.rows("update basepool.output_secret set secret = null")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (await client.get(link())).status_code != 200:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.2)


# whoever takes it slowly


@pytest.fixture
def large(tmp_path: Path, glue_url: str) -> Iterator[tuple[str, bytes, psutil.Process]]:
    """The URL of a file that fits into no buffer, what it is, and a `serve` that is soon impatient."""
    content = os.urandom(16_000_000)
    (tmp_path / _FOLDER).mkdir(parents=True)
    (tmp_path / _FOLDER / "1.bin").write_bytes(content)
    variables = {
        "DATABASE_URL": glue_url,
        "REPLICATE_BASE_URL": "http://127.0.0.1:1",
        "STORE_URL": tmp_path.as_uri(),
        "SERVE_TIMEOUT_SECONDS": "6",
    }
    with serving_process(**variables) as (url, process):
        yield f"{url}/outputs/{_FOLDER}/1.bin", content, psutil.Process(process.pid)


def _ask(url: str, connection: str) -> socket.socket:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    caller = socket.socket()
    # what the system takes for us is little, so that it is seen that we take it
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
    caller.settimeout(PATIENCE_SECONDS)
    caller.connect((parts.hostname, parts.port))
    caller.sendall(f"GET {parts.path} HTTP/1.1\r\nhost: x\r\nconnection: {connection}\r\n\r\n".encode())
    return caller


@pytest.mark.parametrize("connection", ["close", "keep-alive"])
def test_who_takes_it_slowly_gets_all_of_it(large: tuple[str, bytes, psutil.Process], connection: str) -> None:
    """Over longer than anybody may take nothing; so slowly that what is buffered does not get shorter by much in that time."""
    url, content, _ = large
    with _ask(url, connection) as caller:
        heard = b""
        # 4 kB a second: 64 kB, the least that a server sees go, take 16 s
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            heard += caller.recv(2_048)
            time.sleep(0.5)
        head, _, body = heard.partition(b"\r\n\r\n")
        assert b" 200 OK" in head
        parts = [body]
        size = len(body)
        while size < len(content) and (part := caller.recv(1_000_000)):
            parts.append(part)
            size += len(part)
    assert b"".join(parts) == content


def test_who_takes_nothing_any_more_is_let_go(large: tuple[str, bytes, psutil.Process]) -> None:
    url, content, serve = large
    with _ask(url, "keep-alive") as caller:
        caller.recv(2_048)
        [_, port] = caller.getsockname()
        eventually(
            lambda: not any(each.raddr and each.raddr.port == port for each in serve.net_connections()),
            "the end of the connection",
        )
        size = 2_048
        with contextlib.suppress(ConnectionError):
            while part := caller.recv(1_000_000):
                size += len(part)
    assert size < len(content)
