"""Real files: a picture in four formats and a film, of any size, so that what is downloaded can be decoded; and files that are
not what their names say."""

from __future__ import annotations

import base64
import functools
import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import repeat

CONTENTS = ("bomb", "html", "svg", "broken", "empty")
"""What a file may hold in place of what its name says."""

_SIDE = 16  # pixels
_BOMB_SIDE = 30_000
_FILLER_BYTES = 65_536
# behind the end of a picture, so that no two files are equal
_LEAST_FILLER = 16

_PAGE = (
    b"<!DOCTYPE html><html><head><title>502</title></head><body><script>alert(document.domain)</script></body></html>"
)
_DRAWING = (
    b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' "
    b"width='16' height='16'><script>alert(document.domain)</script><image width='16' height='16' xlink:href='file:///etc/passwd'/></svg>"
)

_WEBP = "UklGRjIAAABXRUJQVlA4ICYAAACQAQCdASoQABAAAsBMJaACdLoAA5gA/su3/uCk9DZ5ea+IFuAAAA=="
_JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4"
    "x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAAQ"
    "ABADASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhBy"
    "JxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKT"
    "lJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAA"
    "AAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRom"
    "JygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExc"
    "bHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwCOiiivSOY//9k="
)
_MP4 = (
    "AAAAIGZ0eXBpc29tAAACAGlzb21pc28yYXZjMW1wNDEAAAMMbW9vdgAAAGxtdmhkAAAAAAAAAAAAAAAAAAAD6AAAAZAAAQAAAQAAAAAAAAAAAA"
    "AAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAgAAAlt0cmFrAAAAXHRraGQA"
    "AAADAAAAAAAAAAAAAAABAAAAAAAAAZAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAABAAAAAABAAAAAQAA"
    "AAAAAkZWR0cwAAABxlbHN0AAAAAAAAAAEAAAGQAAAAAAABAAAAAAHTbWRpYQAAACBtZGhkAAAAAAAAAAAAAAAAAAAoAAAAEABVxAAAAAAALWhk"
    "bHIAAAAAAAAAAHZpZGUAAAAAAAAAAAAAAABWaWRlb0hhbmRsZXIAAAABfm1pbmYAAAAUdm1oZAAAAAEAAAAAAAAAAAAAACRkaW5mAAAAHGRyZW"
    "YAAAAAAAAAAQAAAAx1cmwgAAAAAQAAAT5zdGJsAAAAvnN0c2QAAAAAAAAAAQAAAK5hdmMxAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAAAABAAEABI"
    "AAAASAAAAAAAAAABDExhdmMgbGlieDI2NAAAAAAAAAAAAAAAAAAAAAAAAAAAGP//AAAANGF2Y0MBZAAK/+EAF2dkAAqs2V7ARAAAAwAEAAADAC"
    "g8SJZYAQAGaOvjyyLA/fj4AAAAABBwYXNwAAAAAQAAAAEAAAAUYnRydAAAAAAAAALkAAAAAAAAABhzdHRzAAAAAAAAAAEAAAACAAAIAAAAABRz"
    "dHNzAAAAAAAAAAEAAAABAAAAHHN0c2MAAAAAAAAAAQAAAAEAAAACAAAAAQAAABxzdHN6AAAAAAAAAAAAAAACAAAAGQAAAAwAAAAUc3RjbwAAAA"
    "AAAAABAAADPAAAAD11ZHRhAAAANW1ldGEAAAAAAAAAIWhkbHIAAAAAAAAAAG1kaXJhcHBsAAAAAAAAAAAAAAAACGlsc3QAAAAIZnJlZQAAAC1t"
    "ZGF0AAAAFWWIhAAQ//7mwPmWWiHjgFCHa4ZPgQAAAAhBmiFsQ//+4A=="
)


@dataclass(frozen=True)
class Media:
    """A file: what it begins with, and how many bytes follow that no decoder looks at. These are made from `seed` when they are
    needed, so that a thousand large files take no memory."""

    beginning: bytes
    content_type: str
    seed: str = ""
    filler: int = 0

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(self.beginning) + self.filler

    def pieces(self) -> Iterator[bytes]:
        """All of it, a part at a time."""
        if self.beginning:
            yield self.beginning
        if self.filler:
            whole, rest = divmod(self.filler, _FILLER_BYTES)
            block = hashlib.shake_128(self.seed.encode()).digest(_FILLER_BYTES if whole else rest)
            yield from repeat(block, whole)
            if rest:
                yield block[:rest]

    @property
    def content(self) -> bytes:
        """All of it at once."""
        return b"".join(self.pieces())

    @functools.cached_property
    def sha256(self) -> str:
        """The hash of all of it, in hexadecimal digits."""
        found = hashlib.sha256()
        for piece in self.pieces():
            found.update(piece)
        return found.hexdigest()


def picture(extension: str, seed: str, size: int = 0) -> Media:
    """A picture as `extension` (png, webp, jpg or jpeg), of `size` bytes if that is more than it needs. PNGs have a colour of
    their own for every `seed`, and no two files are equal."""
    if extension == "webp":
        return _filled(_decoded(_WEBP), "image/webp", seed, size)
    if extension in ("jpg", "jpeg"):
        return _filled(_decoded(_JPEG), "image/jpeg", seed, size)
    return _filled(_png(hashlib.sha256(seed.encode()).digest()[:3]), "image/png", seed, size)


def film(seed: str = "", size: int = 0) -> Media:
    """Two frames of 16 x 16 pixels in an MP4 (H.264), of `size` bytes if that is more than it needs."""
    content = _decoded(_MP4)
    filler = max(_LEAST_FILLER, size - len(content) - 16)
    # in a box that may be skipped, with a length of 64 bits
    return Media(content + struct.pack(">I4sQ", 1, b"free", 16 + filler), "video/mp4", seed, filler)


def instead(of: Media, content: str) -> Media:
    """A file that is named like `of`, but holds one of CONTENTS: a picture of 900 megapixels, a page or a drawing with a script
    in it, rubbish behind a right beginning, or nothing."""
    match content:
        case "bomb":
            return replace(of, beginning=_bomb())
        case "html":
            return replace(of, beginning=_PAGE, filler=0)
        case "svg":
            return replace(of, beginning=_DRAWING, filler=0)
        case "broken":
            kept = len(of.beginning) // 2
            return replace(of, beginning=of.beginning[:kept], filler=of.size - kept)
    return replace(of, beginning=b"", filler=0)


def _filled(content: bytes, content_type: str, seed: str, size: int) -> Media:
    return Media(content, content_type, seed, max(_LEAST_FILLER, size - len(content)))


@functools.cache
def _decoded(text: str) -> bytes:
    return base64.b64decode(text)


def _png(colour: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)  # 8 bits a channel, RGB
    rows = (b"\0" + colour * _SIDE) * _SIDE
    return _png_of(header, zlib.compress(rows))


@functools.cache
def _bomb() -> bytes:
    """A grey PNG, one bit a pixel: a hundred kilobytes that unfold to a gigabyte."""
    header = struct.pack(">IIBBBBB", _BOMB_SIDE, _BOMB_SIDE, 1, 0, 0, 0, 0)
    packer = zlib.compressobj()
    rows = bytes((1 + _BOMB_SIDE // 8) * 1000)
    data = b"".join(packer.compress(rows) for _ in range(_BOMB_SIDE // 1000))
    return _png_of(header, data + packer.flush())


def _png_of(header: bytes, data: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
