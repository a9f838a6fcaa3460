"""What was compressed on its way, decompressed a little at a time: a small body may become one that fills the memory."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator

ACCEPTED = "gzip, deflate"
"""For the header accept-encoding. Not br or zstd: the standard library does not have them, and others decode all at once."""

_PART_BYTES = 64_000
_GZIP_BEGIN = b"\x1f"
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS


class Undecodable(Exception):
    """Compressed in a way that was not asked for, or broken."""


async def decoded(parts: AsyncIterator[bytes], content_encoding: str) -> AsyncIterator[bytes]:
    """The body whose `parts` come over the wire, in parts that are not large. Raises Undecodable."""
    names = [
        name.strip().lower() for name in content_encoding.split(",") if name.strip().lower() not in ("", "identity")
    ]
    if not names:
        async for part in parts:
            yield part
        return
    if len(names) > 1 or names[0] not in ("gzip", "x-gzip", "deflate"):
        raise Undecodable(f"the content-encoding is {content_encoding[:50]!r}")
    decoder = _Decoder()
    async for part in parts:
        for piece in decoder.feed(part):
            yield piece
    if not decoder.is_complete:
        raise Undecodable("the compressed body ends in the middle")


class _Decoder:
    def __init__(self) -> None:
        self._inner = zlib.decompressobj(_GZIP_OR_ZLIB)
        self._has_begun = False

    @property
    def is_complete(self) -> bool:
        """Whether what was begun is at its end; nothing at all is complete."""
        return self._inner.eof or not self._has_begun

    def feed(self, data: bytes) -> Iterator[bytes]:
        while True:
            if self._inner.eof:
                if not data.startswith(_GZIP_BEGIN):
                    # what others append to it is no matter
                    return
                # a file of gzip may be several
                self._inner = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                piece = self._inner.decompress(data, _PART_BYTES)
            except zlib.error as error:
                if self._has_begun:
                    raise Undecodable(f"the compressed body is broken: {error}") from None
                # "deflate" is a zlib stream by the book, and a bare one with many
                self._inner, self._has_begun = zlib.decompressobj(_RAW), True
                continue
            self._has_begun = self._has_begun or bool(data)
            data = self._inner.unused_data if self._inner.eof else self._inner.unconsumed_tail
            if piece:
                yield piece
            elif not data:
                # nothing is held back either
                return
