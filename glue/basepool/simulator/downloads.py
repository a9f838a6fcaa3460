"""What a download from the delivery host gets: the file, or what a fault makes of it."""

from __future__ import annotations

import asyncio
import itertools
import zlib
from collections.abc import Iterable, Iterator

from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from basepool.simulator import errors
from basepool.simulator.faults import Fault
from basepool.simulator.media import Media

IS_DIRECT = "direct"
"""The parameter of a URL with which no fault strikes: where a redirect leads."""

_LARGEST_HELD = 1_000_000
_ZEROS = bytes(65_536)


def right(media: Media) -> Response:
    """The file, as it should be."""
    if media.size <= _LARGEST_HELD:
        return Response(media.content, headers={"content-type": media.content_type})
    return _Streamed(media.pieces(), media.content_type, length=media.size)


def spoilt(fault: Fault, media: Media, direct_url: str, hang_seconds: float, stopping: asyncio.Event) -> Response:
    """The answer of `fault` to the download of `media`, which is at `direct_url` without any. What takes its time ends when
    `stopping` is set."""
    pieces, content_type, size = media.pieces(), media.content_type, media.size
    match fault.name:
        case "file_missing":
            return errors.not_found()
        case "file_truncated":
            return _Streamed(_first(size // 2, pieces), content_type, length=size, end=errors.ResetResponse())
        case "file_length":
            said = int(fault.number(2 * size))
            end = errors.ClosedResponse() if said > size else None
            return _Streamed(_first(said, pieces), content_type, length=said, end=end)
        case "file_chunked":
            return _Streamed(pieces, content_type)
        case "file_endless":
            return _Streamed(itertools.chain(pieces, itertools.repeat(_ZEROS)), content_type, stopping=stopping)
        case "file_dribble":
            single = (bytes([byte]) for piece in pieces for byte in piece)
            return _Streamed(single, content_type, length=size, pause=fault.number(1), stopping=stopping)
        case "file_hang":
            return errors.HangResponse(hang_seconds, stopping)
        case "file_redirect":
            return RedirectResponse(fault.value or direct_url, status_code=302)
        case "file_gzip":
            unfolded = pieces if fault.value is None else _first(int(fault.number(0)), itertools.repeat(_ZEROS))
            return _Streamed(_compressed(unfolded), content_type, encoding="gzip")
        case "file_type":
            return _Streamed(pieces, fault.value or "text/html", length=size)
    return errors.server_error(int(fault.number(503)))


def _first(count: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The first `count` bytes."""
    for piece in pieces:
        if count <= 0:
            return
        yield piece[:count]
        count -= len(piece)


def _compressed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(wbits=31)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


class _Streamed(Response):
    """A body that is made while it is sent, as fast as the caller takes it, until the caller leaves or the simulator stops."""

    def __init__(
        self,
        pieces: Iterator[bytes],
        content_type: str,
        *,
        length: int | None = None,
        encoding: str | None = None,
        pause: float = 0.0,
        stopping: asyncio.Event | None = None,
        end: errors.ResetResponse | None = None,
    ) -> None:
        """`length` is what is said of it. `pause`: seconds before each piece but the first. `end`: how the connection ends, if
        the body does not."""
        super().__init__()
        headers = {"content-type": content_type, "content-encoding": encoding, "content-length": length}
        self.raw_headers = [
            (name.encode(), str(value).encode()) for name, value in headers.items() if value is not None
        ]
        self._pieces = pieces
        self._pause = pause
        self._stopping = stopping or asyncio.Event()
        self._end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        end = self._end
        if scope["method"] != "HEAD":
            left = asyncio.ensure_future(errors.disconnected(receive))
            stopped = asyncio.ensure_future(self._stopping.wait())
            try:
                for number, piece in enumerate(self._pieces):
                    # also without a pause: who reads as fast as this is sent must not keep everybody else waiting
                    pause = self._pause if number else 0
                    await asyncio.wait({left, stopped}, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
                    if left.done():
                        return
                    if stopped.done():
                        end = errors.ResetResponse()
                        break
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            finally:
                left.cancel()
                stopped.cancel()
        if end is None:
            await send({"type": "http.response.body", "body": b""})
        else:
            await end(scope, receive, send)
