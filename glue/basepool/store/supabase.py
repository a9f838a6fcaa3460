"""Supabase Storage by its REST API, for those who have no S3 keys of it.

As it was seen: errors come as HTTP 400 with the true code as a string in the body; a bucket's limit is enforced by
content-length alone; cache-control has to be said with each upload; a cut upload leaves nothing; whoever comes second may
hear 409 of what is done, though with x-upsert all who come at once are told that they have done it; what is too large is
answered before it is heard.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr

from basepool.store.base import CACHE_CONTROL, FILE, GENERATION, KEY, USER, Stored, StoreFailed, StoreRefused
from basepool.store.upload import Answer, ask, make_session, say, send

_PAGE = 1000
_DELETED_AT_ONCE = 100
_BLOCK_BYTES = 256 * 1024


class SupabaseStore:
    """A bucket, or a folder of one."""

    def __init__(
        self,
        url: str,
        key: SecretStr,
        bucket: str,
        prefix: str,
        base_url: str,
        *,
        is_private: bool,
        seconds: float,
        concurrency: int,
    ) -> None:
        """`url` and `key`: the project's, and its service key. Nothing is opened before the first request."""
        self._api = f"{url}/storage/v1"
        self._headers = {
            "authorization": f"Bearer {key.get_secret_value()}",
            "apikey": key.get_secret_value(),
        }
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self.is_private = is_private
        self._base_url = base_url
        self._seconds, self._concurrency = seconds, concurrency
        self._session: aiohttp.ClientSession | None = None

    async def put(self, key: str, file: Path, content_type: str, *, is_inline: bool = True) -> None:
        """See Store. It keeps no content-disposition; what it knows nothing of, a browser saves."""
        answer = await send(
            self._opened(),
            "POST",
            f"{self._api}/object/{self._path(key)}",
            file,
            {
                **self._headers,
                "content-type": content_type if is_inline else "application/octet-stream",
                "cache-control": CACHE_CONTROL,
                "x-upsert": "true",
            },
            self._seconds,
        )
        said = _Said(answer)
        if said.status == 409 and said.code in {"Duplicate", "ResourceAlreadyExists", "KeyAlreadyExists"}:
            # an earlier try of ours has come through: under a key there is only ever the one file
            return
        said.check()

    def url(self, key: str) -> str:
        """See Store."""
        return f"{self._base_url}/{key}"

    async def delete(self, keys: Sequence[str]) -> None:
        """See Store."""
        for start in range(0, len(keys), _DELETED_AT_ONCE):
            paths = [f"{self._prefix}{key}" for key in keys[start : start + _DELETED_AT_ONCE]]
            _Said(await self._ask("DELETE", f"object/{self._bucket}", {"prefixes": paths})).check()

    async def files(self) -> AsyncIterator[Stored]:
        """See OpenStore. It is listed folder by folder."""
        async for user in self._list(""):
            if USER.fullmatch(user["name"]):
                async for generation in self._list(user["name"]):
                    if GENERATION.fullmatch(generation["name"]):
                        folder = f"{user['name']}/{generation['name']}"
                        async for file in self._list(folder):
                            if FILE.fullmatch(file["name"]):
                                size = (file.get("metadata") or {}).get("size") or 0
                                yield Stored(f"{folder}/{file['name']}", int(size))

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """See OpenStore."""
        url = f"{self._api}/object/authenticated/{self._path(key)}"
        with _translated():
            async with self._opened().get(url, headers=self._headers, allow_redirects=False) as response:
                if response.status != 200:
                    body = (await response.content.read(10_000)).decode("utf-8", "replace")
                    said = _Said(Answer(response.status, body, None))
                    if said.status == 404:
                        raise FileNotFoundError(key)
                    said.check()
                async for block in response.content.iter_chunked(_BLOCK_BYTES):
                    yield block

    async def link(self, key: str, seconds: int) -> str | None:
        """See OpenStore."""
        said = _Said(await self._ask("POST", f"object/sign/{self._path(key)}", {"expiresIn": seconds}))
        said.check()
        try:
            return f"{self._api}{json.loads(said.body)['signedURL']}"
        except (ValueError, KeyError, TypeError):
            raise StoreFailed("the store signed nothing") from None

    async def close(self) -> None:
        """See OpenStore."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _path(self, key: str) -> str:
        if not KEY.fullmatch(key):
            raise StoreRefused(f"{key[:100]!r} is no key")
        return f"{self._bucket}/{self._prefix}{key}"

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = make_session(self._concurrency)
        return self._session

    async def _ask(self, method: str, path: str, body: dict[str, Any]) -> Answer:
        return await ask(self._opened(), method, f"{self._api}/{path}", self._headers, json=body)

    async def _list(self, folder: str) -> AsyncIterator[dict[str, Any]]:
        """What is in a folder, files and folders alike."""
        offset = 0
        while True:
            body = {
                "prefix": f"{self._prefix}{folder}".rstrip("/"),
                "limit": _PAGE,
                "offset": offset,
                "sortBy": {"column": "name", "order": "asc"},
            }
            said = _Said(await self._ask("POST", f"object/list/{self._bucket}", body))
            said.check()
            page = said.items()
            for each in page:
                yield each
            if len(page) < _PAGE:
                return
            offset += _PAGE


class _Said:
    """An answer, as it was meant."""

    def __init__(self, answer: Answer) -> None:
        self.body = answer.body
        self._retry_after = answer.retry_after
        self.status = answer.status
        self.code = ""
        self._message = ""
        if not 200 <= answer.status < 300:
            self._read_error()

    def _read_error(self) -> None:
        try:
            error = json.loads(self.body)
        except ValueError:
            # a page of what is in between
            return
        if isinstance(error, dict):
            status = str(error.get("statusCode", ""))
            if status.isascii() and status.isdecimal() and len(status) == 3:
                self.status = int(status)
            # newer ones have a code, older ones only what they call error
            self.code = str(error.get("code") or error.get("error") or "")[:100]
            self._message = str(error.get("message") or "")[:200]

    def check(self) -> None:
        """Raises StoreFailed, StoreRefused. A wrong key or a bucket that is not there is no fault of the file."""
        if 200 <= self.status < 300:
            return
        text = " ".join(f"HTTP {self.status} {self.code} {self._message}".split())
        if self.status == 413 or self.code == "EntityTooLarge":
            raise StoreRefused(text, "too_large")
        if self.status == 415 or self.code in {"InvalidMimeType", "invalid_mime_type"}:
            raise StoreRefused(text, "bad_type")
        if self.status == 400 and self.code in {"InvalidKey", "Invalid key", "InvalidRequest"}:
            raise StoreRefused(text)
        raise StoreFailed(text, self._retry_after)

    def items(self) -> list[dict[str, Any]]:
        """The objects of a list. Raises StoreFailed."""
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, list) or not all(isinstance(each, dict) and each.get("name") for each in found):
            raise StoreFailed("the store lists what can't be read")
        return found


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise StoreFailed("the store did not answer in time") from None
    except FileNotFoundError:
        raise
    except (aiohttp.ClientError, OSError) as error:
        raise StoreFailed(say(error)) from None
