"""Hands out what is kept: a file of the store that is a folder, or, where another store is private, a link of that store."""

from __future__ import annotations

import asyncio
import hmac
import os
import re
import time
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from basepool.database import Database
from basepool.store import kinds
from basepool.store.base import CACHE_SECONDS, KEY, OpenStore, StoreFailed, StoreRefused
from basepool.store.files import FileStore
from basepool.web.refusal import RETRY_AFTER_SECONDS, Refusal

_SECRET_SECONDS = 60.0
_LEAST_SECONDS = 5.0
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
# whoever made it, it is nobody's page here: nothing in it runs, and it may be shown anywhere
_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; sandbox",
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
}


class Links:
    """Knows which links public.get_output_urls() has signed."""

    def __init__(self, database: Database) -> None:
        """The secret is asked for by the first link."""
        self._database = database
        self._secret = b""
        self._read_at = -_SECRET_SECONDS

    async def seconds_left(self, request: Request, key: str) -> int:
        """How long the link is good for. Raises Refusal, and BasepoolError where the database is not there."""
        expires, signature = request.query_params.get("expires", ""), request.query_params.get("signature", "")
        if not re.fullmatch("[0-9]{1,12}", expires) or not re.fullmatch("[0-9a-f]{64}", signature):
            raise _not_signed("the link is not signed")
        if (left := int(expires) - int(time.time())) <= 0:
            raise _not_signed("the link has ended")
        age = time.monotonic() - self._read_at
        if age > _SECRET_SECONDS or (age > _LEAST_SECONDS and not self._has_signed(key, expires, signature)):
            # it may be another by now, and nobody makes us ask all the time
            self._secret = (await self._database.get_output_secret()).get_secret_value().encode()
            self._read_at = time.monotonic()
        if not self._has_signed(key, expires, signature):
            raise _not_signed("the link was not signed here")
        return left

    def _has_signed(self, key: str, expires: str, signature: str) -> bool:
        expected = hmac.new(self._secret, f"{key}\n{expires}".encode(), "sha256").hexdigest()
        return hmac.compare_digest(expected, signature)


def _not_signed(message: str) -> Refusal:
    return Refusal(403, "PT403", message, "Get a new one from public.get_output_urls().")


def _not_there() -> Refusal:
    return Refusal(404, "PT404", "there is no such file", "Take the link from output_urls.")


async def hand_out(request: Request, store: OpenStore | None, links: Links) -> Response:
    """The file that the path names, a part of it, or where it is. Raises Refusal, and BasepoolError where the database is
    needed and not there."""
    key = "/".join(request.path_params[name] for name in ("user", "generation", "file"))
    if store is None or not KEY.fullmatch(key):
        raise _not_there()
    left = await links.seconds_left(request, key) if store.is_private else None
    if isinstance(store, FileStore):
        return await _send(request, store.path(key), left)
    if left is None:
        # its files have links that do not lead here
        raise _not_there()
    try:
        link = await store.link(key, left)
    except (StoreFailed, StoreRefused) as error:
        raise Refusal(
            503, "PT503", f"the store does not answer: {error}", "Try again.", retry_after=str(RETRY_AFTER_SECONDS)
        ) from None
    assert link
    return RedirectResponse(link, 307, headers={"cache-control": f"private, max-age={max(0, left - 1)}"})


async def _send(request: Request, path: Path, seconds_left: int | None) -> Response:
    try:
        head, seen = await asyncio.to_thread(_look, path)
    except OSError:
        raise _not_there() from None
    _check_range(request, seen.st_size)
    kind = kinds.settle(kinds.sniff(head), path.suffix.removeprefix("."), None)
    cached = f"public, max-age={CACHE_SECONDS}" if seconds_left is None else f"private, max-age={seconds_left}"
    headers = {**_HEADERS, "cache-control": f"{cached}, immutable"}
    if not kind.is_inline:
        headers["content-disposition"] = "attachment"
    return FileResponse(path, headers=headers, media_type=kind.content_type, stat_result=seen)


def _look(path: Path) -> tuple[bytes, os.stat_result]:
    with open(path, "rb") as file:
        return file.read(kinds.HEAD_BYTES), os.fstat(file.fileno())


def _check_range(request: Request, size: int) -> None:
    """One range is answered as such. Several at once, or what is none, count as if nobody had asked for a part: so RFC 9110
    has it, and a page of tiny ones costs nothing. Raises Refusal (416)."""
    asked = request.headers.get("range")
    if asked is None:
        return
    found = _RANGE.fullmatch(asked.strip())
    if found is None or found[1] == found[2] == "" or (found[1] and found[2] and int(found[1]) > int(found[2])):
        request.scope["headers"] = [each for each in request.scope["headers"] if each[0] != b"range"]
    elif (int(found[1]) >= size) if found[1] else int(found[2]) == 0:
        raise Refusal(
            416, "PT416", f"the file has {size} bytes", "Ask for a part that is there.", content_range=f"bytes */{size}"
        )
