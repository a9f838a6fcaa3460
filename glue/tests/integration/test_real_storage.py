"""SupabaseStore against a real Supabase Storage, wherever there is one: REAL_STORAGE_URL is a project's URL (or that of any
gateway that leads /storage/v1 to a storage-api), REAL_STORAGE_KEY its service key. Buckets of its own are made, and deleted."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from basepool.config import Settings
from basepool.store.base import CACHE_CONTROL, OpenStore, StoreFailed, StoreRefused
from basepool.store.stores import open_store
from tests.support import PATIENCE_SECONDS

_URL = os.environ.get("REAL_STORAGE_URL", "").rstrip("/")
_KEY = os.environ.get("REAL_STORAGE_KEY", "")
_USER = "5a1b0c4e-0000-4000-8000-000000000001"
_PICTURE = f"{_USER}/0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b/1.png"
_THUMB = f"{_USER}/0b9f1c1e-2f1c-4d8e-9a55-0d6c1f2e3a4b/1-thumb.webp"

pytestmark = pytest.mark.skipif(not _URL, reason="REAL_STORAGE_URL is not set")

Open = Callable[..., Awaitable[OpenStore]]


async def _gateway(method: str, path: str, **given: Any) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
        headers = {"authorization": f"Bearer {_KEY}", "apikey": _KEY}
        return await client.request(method, f"{_URL}/storage/v1/{path}", headers=headers, **given)


@pytest.fixture
async def open_one() -> AsyncIterator[Open]:
    """Opens a store with a bucket of its own; what is given as `bucket` is said when that is made."""
    async with AsyncExitStack() as stack:

        async def remove(name: str) -> None:
            await _gateway("POST", f"bucket/{name}/empty")
            await _gateway("DELETE", f"bucket/{name}")

        async def open_one(bucket: dict[str, Any] | None = None, **settings: Any) -> OpenStore:
            name = f"basepool-test-{uuid4().hex[:12]}"
            made = await _gateway("POST", "bucket", json={"id": name, "name": name, "public": True} | (bucket or {}))
            assert made.is_success, made.text
            stack.push_async_callback(remove, name)
            given: dict[str, Any] = {
                "public_url": "https://gen.example",
                "store_url": f"supabase://{name}/of/ours",
                "supabase_url": _URL,
                "supabase_service_key": SecretStr(_KEY),
            }
            store = open_store(Settings(**given | settings))
            stack.push_async_callback(store.close)
            return store

        yield open_one


async def _put(store: OpenStore, path: Path, content: bytes, key: str = _PICTURE, **how: Any) -> None:
    path.write_bytes(content)
    await store.put(key, path, how.pop("content_type", "image/png"), **how)


async def _content(store: OpenStore, key: str) -> bytes:
    return b"".join([block async for block in store.read(key)])


async def _sizes(store: OpenStore) -> dict[str, int]:
    return {each.key: each.size async for each in store.files()}


async def _opened(url: str) -> httpx.Response:
    """What whoever has a link sees, without what a cache has of it."""
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
        return await client.get(url, params={"not-cached": uuid4().hex})


async def test_what_is_put_is_there_once_until_it_is_deleted(open_one: Open, tmp_path: Path) -> None:
    store = await open_one()
    assert await _sizes(store) == {}
    with pytest.raises(FileNotFoundError):
        await _content(store, _PICTURE)
    for content in (b"first", b"second one"):
        await _put(store, tmp_path / "file", content)
        assert await _content(store, _PICTURE) == content
        assert await _sizes(store) == {_PICTURE: len(content)}
    await _put(store, tmp_path / "file", b"a small one", _THUMB, content_type="image/webp")
    opened = await _opened(store.url(_PICTURE))
    assert (opened.status_code, opened.content) == (200, b"second one")
    assert opened.headers["content-type"] == "image/png"
    assert opened.headers["cache-control"].startswith(CACHE_CONTROL)
    link = await store.link(_PICTURE, 60)
    assert link
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
        assert (await client.get(link)).content == b"second one"
    for _ in range(2):
        await store.delete([_PICTURE, _THUMB])
        assert await _sizes(store) == {}
    with pytest.raises(FileNotFoundError):
        await _content(store, _PICTURE)


@pytest.mark.parametrize("size", [0, 1, 262_144, 20_000_003])
async def test_its_size_does_not_matter(open_one: Open, tmp_path: Path, size: int) -> None:
    store, content = await open_one(), os.urandom(size)
    await _put(store, tmp_path / "file", content)
    assert await _content(store, _PICTURE) == content
    assert await _sizes(store) == {_PICTURE: size}


async def test_what_a_browser_would_run_is_only_ever_saved(open_one: Open, tmp_path: Path) -> None:
    store = await open_one()
    key = _PICTURE.replace(".png", ".svg")
    await _put(store, tmp_path / "file", b"<svg/>", key, content_type="image/svg+xml", is_inline=False)
    assert (await _opened(store.url(key))).headers["content-type"] == "application/octet-stream"


async def test_a_private_bucket_opens_with_a_signed_link_alone(open_one: Open, tmp_path: Path) -> None:
    store = await open_one({"public": False}, store_visibility="private")
    await _put(store, tmp_path / "file", b"a picture")
    link = await store.link(_PICTURE, 60)
    assert link
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
        assert (await client.get(link)).content == b"a picture"
        assert not (await client.get(link.partition("?")[0])).is_success
        assert not (await client.get(link.partition("?")[0].replace("/sign/", "/public/"))).is_success


async def test_several_who_put_the_same_at_once_are_all_done(open_one: Open, tmp_path: Path) -> None:
    """A worker that was taken for dead, and the one that came in its place."""
    store, content = await open_one(), os.urandom(300_000)
    for number in range(6):
        (tmp_path / str(number)).write_bytes(content)
    async with asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(store.put(_PICTURE, tmp_path / str(number), "image/png"))
    assert await _content(store, _PICTURE) == content
    assert await _sizes(store) == {_PICTURE: len(content)}


async def test_who_is_stopped_half_way_leaves_nothing(open_one: Open, tmp_path: Path) -> None:
    store = await open_one()
    (tmp_path / "file").write_bytes(os.urandom(5_000_000))
    for number in range(12):
        put = asyncio.create_task(store.put(_PICTURE, tmp_path / "file", "image/png"))
        for _ in range(3**number // 40):
            await asyncio.sleep(0)
        put.cancel()
        await asyncio.gather(put, return_exceptions=True)
        assert set((await _sizes(store)).values()) <= {5_000_000}
    await store.put(_PICTURE, tmp_path / "file", "image/png")
    assert await _sizes(store) == {_PICTURE: 5_000_000}


async def test_what_the_bucket_does_not_take_is_refused_for_good(open_one: Open, tmp_path: Path) -> None:
    small = await open_one({"file_size_limit": 1000})
    await _put(small, tmp_path / "file", bytes(1000))
    for size in (1001, 3_000_000):
        with pytest.raises(StoreRefused) as too_large:
            await _put(small, tmp_path / "file", bytes(size))
        assert too_large.value.code == "too_large"
    assert await _sizes(small) == {_PICTURE: 1000}
    films = await open_one({"allowed_mime_types": ["video/mp4"]})
    with pytest.raises(StoreRefused) as bad_type:
        await _put(films, tmp_path / "file", b"a picture")
    assert bad_type.value.code == "bad_type"


async def test_a_wrong_key_and_a_missing_bucket_are_no_fault_of_the_file(open_one: Open, tmp_path: Path) -> None:
    for settings in (
        {"supabase_service_key": SecretStr(_KEY[:-6] + "AAAAAA")},
        {"supabase_service_key": SecretStr("no-token")},
        {"store_url": "supabase://there-is-none"},
    ):
        store = await open_one(**settings)
        # the true status, not the 400 that it comes with
        with pytest.raises(StoreFailed, match=r"^HTTP 40[134] "):
            await _put(store, tmp_path / "file", b"x")
        with pytest.raises(StoreFailed):
            await store.link(_PICTURE, 60)


async def test_many_pages_are_listed(open_one: Open, tmp_path: Path) -> None:
    store = await open_one()
    (tmp_path / "file").write_bytes(b"x")
    keys = [_PICTURE.replace("/1.png", f"/{number}.png") for number in range(1, 1103)]
    for start in range(0, len(keys), 20):
        await asyncio.gather(*(store.put(key, tmp_path / "file", "image/png") for key in keys[start : start + 20]))
    assert (await _sizes(store)).keys() == set(keys)
    await store.delete(keys)
    assert await _sizes(store) == {}
