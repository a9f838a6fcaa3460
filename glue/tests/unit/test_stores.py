"""What holds for every store: a folder, S3 (a server of moto's) and Supabase Storage (a stand-in that errs as it does)."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from basepool.config import Settings
from basepool.errors import ConfigError
from basepool.store import upload
from basepool.store.base import CACHE_CONTROL, KEY, OpenStore, StoreFailed, StoreRefused
from basepool.store.files import FileStore
from basepool.store.s3 import S3Store
from basepool.store.stores import open_store
from tests.stand_ins import SERVICE_KEY, SupabaseStorage, conversing, listening
from tests.support import PATIENCE_SECONDS

_USER = "5a1b0c4e-0000-4000-8000-000000000001"
_GENERATION = "0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b"
_KEY = f"{_USER}/{_GENERATION}/1.png"
_THUMB = f"{_USER}/{_GENERATION}/1-thumb.webp"
_STORES = ["file", "s3", "supabase"]


@pytest.fixture
def storage() -> SupabaseStorage:
    """What Supabase's bucket has."""
    return SupabaseStorage()


@pytest.fixture
def supabase_url(storage: SupabaseStorage) -> Iterator[str]:
    with listening(storage.app()) as url:
        yield url


@pytest.fixture
async def open_one(tmp_path: Path, s3_url: str, supabase_url: str) -> AsyncIterator[Callable[..., OpenStore]]:
    """Opens a store of a kind."""
    async with AsyncExitStack() as stack:

        def open_one(kind: str, **settings: Any) -> OpenStore:
            bucket = f"bucket-{uuid4().hex[:8]}"
            if kind == "s3":
                httpx.put(f"{s3_url}/{bucket}").raise_for_status()
            given: dict[str, dict[str, Any]] = {
                "file": {"store_url": (tmp_path / "store").as_uri()},
                "s3": {
                    "store_url": f"s3://{bucket}/some/prefix",
                    "store_endpoint": s3_url,
                    "store_region": "us-east-1",
                    "store_access_key_id": SecretStr("an-id"),
                    "store_secret_access_key": SecretStr("a-secret-of-the-tests"),
                    "store_public_url": f"{s3_url}/{bucket}",
                },
                "supabase": {
                    "store_url": "supabase://outputs/of/ours",
                    "supabase_url": supabase_url,
                    "supabase_service_key": SecretStr(SERVICE_KEY),
                },
            }
            store = open_store(Settings(public_url="https://gen.example", **given[kind] | settings))
            stack.push_async_callback(store.close)
            return store

        yield open_one


async def _content(store: OpenStore, key: str) -> bytes:
    return b"".join([block async for block in store.read(key)])


async def _sizes(store: OpenStore) -> dict[str, int]:
    return {each.key: each.size async for each in store.files()}


@pytest.mark.parametrize("kind", _STORES)
@pytest.mark.parametrize("size", [1, 262_144, 20_000_003])
async def test_what_was_put_is_there(open_one: Callable[..., OpenStore], tmp_path: Path, kind: str, size: int) -> None:
    store = open_one(kind)
    (tmp_path / "file").write_bytes(content := os.urandom(size))
    await store.put(_KEY, tmp_path / "file", "image/png")
    assert await _content(store, _KEY) == content
    assert await _sizes(store) == {_KEY: size}
    # it is the caller's, who may put it again
    assert (tmp_path / "file").read_bytes() == content


@pytest.mark.parametrize("kind", _STORES)
async def test_a_second_one_takes_the_place_of_the_first(
    open_one: Callable[..., OpenStore], tmp_path: Path, kind: str
) -> None:
    store = open_one(kind)
    for content in (b"first", b"second one"):
        (tmp_path / "file").write_bytes(content)
        await store.put(_KEY, tmp_path / "file", "image/png")
    assert await _content(store, _KEY) == b"second one"
    assert await _sizes(store) == {_KEY: 10}


@pytest.mark.parametrize("kind", _STORES)
async def test_what_is_deleted_is_gone_and_may_be_deleted_again(
    open_one: Callable[..., OpenStore], tmp_path: Path, kind: str
) -> None:
    store = open_one(kind)
    (tmp_path / "file").write_bytes(b"x")
    other = f"{_USER}/{uuid4()}/1.png"
    for key in (_KEY, _THUMB, other):
        await store.put(key, tmp_path / "file", "image/png")
    for _ in range(2):
        await store.delete([_KEY, _THUMB])
    assert await _sizes(store) == {other: 1}
    with pytest.raises(FileNotFoundError):
        await _content(store, _KEY)
    await store.delete([other])
    assert await _sizes(store) == {}


@pytest.mark.parametrize("kind", _STORES)
async def test_whoever_comes_first_finds_nothing(open_one: Callable[..., OpenStore], kind: str) -> None:
    store = open_one(kind)
    assert await _sizes(store) == {}
    await store.delete([_KEY])
    with pytest.raises(FileNotFoundError):
        await _content(store, _KEY)


async def _opened(store: OpenStore, key: str) -> httpx.Response:
    """What whoever has a link sees. (moto lets nobody in without a signature.)"""
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
        return await client.get((await store.link(key, 60)) or "" if isinstance(store, S3Store) else store.url(key))


@pytest.mark.parametrize("kind", ["s3", "supabase"])
async def test_public_links_lead_to_the_bucket(
    open_one: Callable[..., OpenStore], s3_url: str, supabase_url: str, tmp_path: Path, kind: str
) -> None:
    store = open_one(kind)
    (tmp_path / "file").write_bytes(b"a picture")
    await store.put(_KEY, tmp_path / "file", "image/png")
    answer = await _opened(store, _KEY)
    assert (answer.status_code, answer.content) == (200, b"a picture")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == CACHE_CONTROL == "max-age=31536000"
    bucket = {
        "s3": rf"{s3_url}/bucket-\w+/some/prefix",
        "supabase": f"{supabase_url}/storage/v1/object/public/outputs/of/ours",
    }
    assert re.fullmatch(f"{bucket[kind]}/{_KEY}", store.url(_KEY))


@pytest.mark.parametrize("kind", _STORES)
async def test_private_links_lead_to_serve_which_knows_where_the_file_is(
    open_one: Callable[..., OpenStore], tmp_path: Path, kind: str
) -> None:
    store = open_one(kind, store_visibility="private", store_public_url=None)
    assert store.is_private
    assert store.url(_KEY) == f"https://gen.example/outputs/{_KEY}"
    (tmp_path / "file").write_bytes(b"a picture")
    await store.put(_KEY, tmp_path / "file", "image/png")
    link = await store.link(_KEY, 60)
    if link is None:
        assert kind == "file"
        return
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
        assert (await client.get(link)).content == b"a picture"


@pytest.mark.parametrize("kind", _STORES)
async def test_what_a_browser_would_run_is_only_ever_saved(
    open_one: Callable[..., OpenStore], tmp_path: Path, kind: str
) -> None:
    store = open_one(kind)
    key = f"{_USER}/{_GENERATION}/1.svg"
    (tmp_path / "file").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    await store.put(key, tmp_path / "file", "image/svg+xml", is_inline=False)
    if kind == "file":
        # test_handing_out.py
        return
    answer = await _opened(store, key)
    saved = answer.headers.get("content-disposition") == "attachment"
    assert saved or answer.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("kind", _STORES)
async def test_whoever_is_stopped_half_way_leaves_nothing(
    open_one: Callable[..., OpenStore], tmp_path: Path, kind: str
) -> None:
    """Wherever it is: before it has begun, in between, and when all but the answer is there."""
    store = open_one(kind)
    (tmp_path / "file").write_bytes(os.urandom(5_000_000))
    for number in range(12):
        put = asyncio.create_task(store.put(_KEY, tmp_path / "file", "image/png"))
        for _ in range(3**number // 40):
            await asyncio.sleep(0)
        put.cancel()
        await asyncio.gather(put, return_exceptions=True)
        # a thread that writes at this moment ends in its own time
        assert set((await _sizes(store)).values()) <= {5_000_000}
    await store.put(_KEY, tmp_path / "file", "image/png")
    assert await _sizes(store) == {_KEY: 5_000_000}


def test_what_leads_elsewhere_is_no_key() -> None:
    for key in (
        "../../etc/passwd",
        f"/{_KEY}",
        f"{_USER}/../{_GENERATION}/1.png",
        f"{_USER}/{_GENERATION}/1.png/..",
        f"{_USER}/{_GENERATION}/1.PNG",
        f"{_USER}/{_GENERATION}/1.png\n",
        f"{_USER}/{_GENERATION}/1",
        f"{_USER}/{_GENERATION}/٣.png",
        f"{_USER.upper()}/{_GENERATION}/1.png",
        f"{_USER}/{_GENERATION}/1.png\0",
        "",
    ):
        assert not KEY.fullmatch(key), key
    for key in (_KEY, _THUMB, f"{_USER}/{_GENERATION}/10000.safetensors"):
        assert KEY.fullmatch(key)


async def test_a_folder_takes_no_other_key(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store", "https://gen.example/outputs", is_private=False)
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "secret").write_bytes(b"x")
    with pytest.raises(StoreRefused):
        await store.put("../secret", tmp_path / "file", "image/png")
    with pytest.raises(StoreRefused):
        await store.delete(["../secret"])
    assert (tmp_path / "secret").exists()
    await store.close()


async def test_a_folder_that_can_not_be_written_to_may_be_later(tmp_path: Path) -> None:
    (tmp_path / "store").write_bytes(b"this is no folder")
    store = FileStore(tmp_path / "store", "https://gen.example/outputs", is_private=False)
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(StoreFailed):
        await store.put(_KEY, tmp_path / "file", "image/png")
    (tmp_path / "store").unlink()
    await store.put(_KEY, tmp_path / "file", "image/png")
    assert await _sizes(store) == {_KEY: 1}
    await store.close()
    # nothing is left of how it came there
    assert sorted(path.name for path in (tmp_path / "store").iterdir()) == [".new", _USER]
    assert list((tmp_path / "store" / ".new").iterdir()) == []


# Supabase Storage, which errs in its own way


async def _put(store: OpenStore, tmp_path: Path, size: int = 1000, content_type: str = "image/png") -> None:
    (tmp_path / "file").write_bytes(bytes(size))
    await store.put(_KEY, tmp_path / "file", content_type)


async def test_a_bucket_keeps_its_limit_because_we_say_how_long_it_is(
    open_one: Callable[..., OpenStore], tmp_path: Path, storage: SupabaseStorage
) -> None:
    storage.max_bytes = 999
    with pytest.raises(StoreRefused) as caught:
        await _put(open_one("supabase"), tmp_path)
    assert caught.value.code == "too_large"
    assert storage.objects == {}


async def test_a_bucket_for_other_types_says_so_once(
    open_one: Callable[..., OpenStore], tmp_path: Path, storage: SupabaseStorage
) -> None:
    storage.types = ("video/mp4",)
    with pytest.raises(StoreRefused) as caught:
        await _put(open_one("supabase"), tmp_path)
    assert (caught.value.code, storage.uploads) == ("bad_type", 1)


async def test_what_is_there_already_was_put_by_an_earlier_try(
    open_one: Callable[..., OpenStore], tmp_path: Path, storage: SupabaseStorage
) -> None:
    store = open_one("supabase")
    storage.lost_answers, storage.is_upsert_deaf = 1, True
    with pytest.raises(StoreFailed, match="500"):
        await _put(store, tmp_path)
    await _put(store, tmp_path)
    assert [*storage.objects] == [f"of/ours/{_KEY}"]


@pytest.mark.parametrize(
    "settings", [{"supabase_service_key": SecretStr("wrong")}, {"store_url": "supabase://elsewhere"}]
)
async def test_a_wrong_key_and_a_missing_bucket_are_no_fault_of_the_file(
    open_one: Callable[..., OpenStore], tmp_path: Path, settings: dict[str, Any]
) -> None:
    with pytest.raises(StoreFailed) as caught:
        await _put(open_one("supabase", **settings), tmp_path)
    assert "wrong" not in str(caught.value)


async def test_a_page_of_what_is_in_between_is_a_failure_of_the_moment(
    open_one: Callable[..., OpenStore], tmp_path: Path, storage: SupabaseStorage
) -> None:
    storage.broken = 1
    with pytest.raises(StoreFailed, match="502"):
        await _put(open_one("supabase"), tmp_path)


async def test_a_store_that_hangs_is_given_up(
    open_one: Callable[..., OpenStore], tmp_path: Path, storage: SupabaseStorage
) -> None:
    storage.hangs = 1
    with pytest.raises(StoreFailed, match="in time"):
        await _put(open_one("supabase", store_timeout_seconds=0.5), tmp_path)


async def test_many_pages_are_listed(
    open_one: Callable[..., OpenStore], storage: SupabaseStorage, tmp_path: Path
) -> None:
    store = open_one("supabase")
    await _put(store, tmp_path)
    [found] = storage.objects.values()
    for number in range(2, 2502):
        storage.objects[f"of/ours/{_USER}/{_GENERATION}/{number}.png"] = found
    storage.objects["of/ours/somebody/elses.png"] = found
    storage.objects["theirs.png"] = found
    assert len(await _sizes(store)) == 2501


# S3


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("HTTP/1.1 403 Forbidden|<Error><Code>SignatureDoesNotMatch</Code></Error>", None),
        ("HTTP/1.1 403 Forbidden|<Error><Code>AccessDenied</Code></Error>", None),
        ("HTTP/1.1 404 Not Found|<Error><Code>NoSuchBucket</Code></Error>", None),
        ("HTTP/1.1 400 Bad Request|<Error><Code>RequestTimeout</Code></Error>", None),
        ("HTTP/1.1 400 Bad Request|<Error><Code>ExpiredToken</Code></Error>", None),
        ("HTTP/1.1 503 Slow Down|<Error><Code>SlowDown</Code></Error>", None),
        ("HTTP/1.1 500 Oh|", None),
        ("this is no HTTP|", None),
        ("HTTP/1.1 302 Found\nlocation: https://evil.example/|", None),
        ("HTTP/1.1 413 Too Large|", "too_large"),
        ("HTTP/1.1 400 Bad Request|<Error><Code>EntityTooLarge</Code></Error>", "too_large"),
        ("HTTP/1.1 415 Unsupported|", "bad_type"),
        (
            "HTTP/1.1 400 Bad Request|<?xml version='1.0'?><Error>\n <Code>InvalidArgument</Code></Error>",
            "store_refused",
        ),
    ],
)
async def test_what_s3_says_of_a_file_is_final_and_what_it_says_of_us_is_not(
    open_one: Callable[..., OpenStore], tmp_path: Path, answer: str, code: str | None
) -> None:
    head, _, body = answer.partition("|")

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(1000)
        writer.write(f"{head}\ncontent-length: {len(body)}\n\n".replace("\n", "\r\n").encode() + body.encode())
        await writer.drain()

    with conversing(converse) as url:
        store = open_one("s3", store_endpoint=url)
        with pytest.raises((StoreFailed, StoreRefused)) as caught:
            await _put(store, tmp_path)
    assert getattr(caught.value, "code", None) == code
    for secret in ("a-secret-of-the-tests", "X-Amz-Signature"):
        assert secret not in str(caught.value)


async def test_one_that_takes_nothing_is_given_up_long_before_the_time_of_a_large_file(
    open_one: Callable[..., OpenStore], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "_STALL_SECONDS", 0.3)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.get_running_loop().create_future()

    with conversing(converse) as url:
        store = open_one("s3", store_endpoint=url)
        with pytest.raises(StoreFailed, match="in time"):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await _put(store, tmp_path, 50_000_000)


async def test_nobody_is_there(open_one: Callable[..., OpenStore], tmp_path: Path) -> None:
    store = open_one("s3", store_endpoint="http://127.0.0.1:1")
    with pytest.raises(StoreFailed):
        await _put(store, tmp_path)
    with pytest.raises(StoreFailed):
        await store.delete([_KEY])


async def test_what_is_said_of_the_store_comes_before_what_is_said_of_aws(
    open_one: Callable[..., OpenStore], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_CHECKSUM_ALGORITHM", "SHA256")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    store = open_one("s3")
    await _put(store, tmp_path)
    assert await _sizes(store) == {_KEY: 1000}
    link = await store.link(_KEY, 60)
    assert "an-id%2F" in (link or "")
    assert "us-east-1" in (link or "")


# which store it is


def test_without_any_word_it_is_a_folder_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "a folder"))
    store = open_store(Settings(public_url="https://gen.example"))
    assert isinstance(store, FileStore)
    assert store.root == tmp_path / "a folder" / "basepool" / "outputs"
    assert store.url(_KEY) == f"https://gen.example/outputs/{_KEY}"


def test_links_that_lead_nowhere_are_not_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="PUBLIC_URL"):
        open_store(Settings(store_url=tmp_path.as_uri()))
    # where none are needed, that is no matter
    open_store(Settings(store_url=tmp_path.as_uri()), makes_links=False)


def test_an_s3_without_public_links_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="STORE_PUBLIC_URL"):
        Settings(store_url="s3://bucket")
    Settings(store_url="s3://bucket", store_visibility="private")
