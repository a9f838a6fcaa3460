"""S3 and what speaks like it: Supabase Storage's S3 endpoint, R2, MinIO.

obstore signs, lists, reads and deletes. A file goes up in one PUT under a link that obstore has signed, not by obstore's
own put: that sends large ones in parts, and whoever is killed between two of them leaves an open upload that is paid for
and that nothing shows. A single PUT takes files up to 5 GB. No checksums are asked of the store, because Supabase knows
none; ours are in the database.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import aiohttp
import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store as Bucket

from basepool.store.base import CACHE_CONTROL, KEY, Stored, StoreFailed, StoreRefused
from basepool.store.upload import Answer, make_session, say, send

_SIGNED_FOR = timedelta(minutes=15)
_BATCH = 1000
_BLOCK_BYTES = 256 * 1024
_CODE = re.compile(r"<Code>\s*([\w.]{1,100})\s*</Code>")
# what of HTTP 400 is the file's own, and no fault of the connection, the clock or the keys
_REFUSED = {
    "InvalidArgument",
    "InvalidRequest",
    "InvalidKey",
    "KeyTooLongError",
    "MetadataTooLarge",
    "XMinioInvalidObjectName",
}
_TOO_LARGE = {"EntityTooLarge", "EntityTooLargeError", "MaxSizeExceeded"}
_BAD_TYPE = {"InvalidMimeType", "UnsupportedMediaType"}


class S3Store:
    """A bucket, or a part of one."""

    def __init__(
        self,
        bucket: str,
        prefix: str,
        base_url: str,
        *,
        is_private: bool,
        seconds: float,
        concurrency: int,
        **config: str,
    ) -> None:
        """`config`: endpoint, region, access_key_id, secret_access_key; what is not given is looked for where AWS's own tools
        look."""
        if "endpoint" in config:
            # else a variable of AWS's would come before ours
            config["aws_endpoint_url_s3"] = config["endpoint"]
        self._bucket: Any = Bucket(
            bucket,
            prefix=prefix or None,
            config=cast(Any, {**config, "virtual_hosted_style_request": False, "disable_bulk_delete": True}),
            client_options={
                "allow_http": config.get("endpoint", "").startswith("http://"),
                "connect_timeout": timedelta(seconds=10),
                "timeout": timedelta(seconds=seconds),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=30)},
        )
        self.is_private = is_private
        self._base_url = base_url
        self._seconds, self._concurrency = seconds, concurrency
        self._session: aiohttp.ClientSession | None = None

    async def put(self, key: str, file: Path, content_type: str, *, is_inline: bool = True) -> None:
        """See Store."""
        with _translated():
            url = await obstore.sign_async(self._bucket, "PUT", key, _SIGNED_FOR)
        if self._session is None:
            self._session = make_session(self._concurrency)
        headers = {"content-type": content_type, "cache-control": CACHE_CONTROL}
        if not is_inline:
            headers["content-disposition"] = "attachment"
        _check(await send(self._session, "PUT", url, file, headers, self._seconds))

    def url(self, key: str) -> str:
        """See Store."""
        return f"{self._base_url}/{key}"

    async def delete(self, keys: Sequence[str]) -> None:
        """See Store. One request for each, a few at a time: not all that speak like S3 can delete many at once."""
        with _translated():
            await obstore.delete_async(self._bucket, list(keys))

    async def files(self) -> AsyncIterator[Stored]:
        """See OpenStore."""
        with _translated():
            async for batch in obstore.list(self._bucket, chunk_size=_BATCH):
                for each in batch:
                    if KEY.fullmatch(each["path"]):
                        yield Stored(each["path"], each["size"])

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """See OpenStore."""
        with _translated():
            found = await obstore.get_async(self._bucket, key)
            async for block in found.stream(min_chunk_size=_BLOCK_BYTES):
                yield bytes(block)

    async def link(self, key: str, seconds: int) -> str | None:
        """See OpenStore."""
        with _translated():
            return str(await obstore.sign_async(self._bucket, "GET", key, timedelta(seconds=seconds)))

    async def close(self) -> None:
        """See OpenStore."""
        if self._session is not None:
            await self._session.close()
            self._session = None


@contextmanager
def _translated() -> Iterator[Any]:
    """Raises StoreFailed for whatever obstore raises; FileNotFoundError stays."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (BaseError, OSError, ValueError) as error:
        raise StoreFailed(_first_line(say(error))) from None


def _first_line(text: str) -> str:
    return text.partition("\n")[0][:500]


def _check(answer: Answer) -> None:
    """Raises StoreFailed, StoreRefused. A wrong key or a bucket that is not there is no fault of the file: it waits until
    somebody has put it right, or its deadline is over."""
    if 200 <= answer.status < 300:
        return
    found = _CODE.search(answer.body)
    code = found[1] if found else ""
    text = f"HTTP {answer.status} {code}".strip()
    if answer.status == 413 or code in _TOO_LARGE:
        raise StoreRefused(text, "too_large")
    if answer.status == 415 or code in _BAD_TYPE:
        raise StoreRefused(text, "bad_type")
    if answer.status == 400 and code in _REFUSED:
        raise StoreRefused(text)
    raise StoreFailed(text, answer.retry_after)
