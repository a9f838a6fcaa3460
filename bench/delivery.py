"""Replicate's delivery host at next to no cost: the same bytes for whoever asks. `python -m bench.delivery PORT`.

A link says what is there: /simulated/1.webp is a picture as the simulator makes them (16 x 16 pixels), /picture/1.png one of a
megapixel, /bytes/100000/1.bin so many bytes of nothing."""

from __future__ import annotations

import asyncio
import os
import struct
import sys
import zlib
from contextlib import suppress

import uvloop

from basepool.simulator import media

_SIDE = 1024


def _png() -> bytes:
    """A gradient with noise in it, as large as such pictures are."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = []
    for y in range(_SIDE):
        noise = os.urandom(_SIDE)
        rows.append(b"\0" + b"".join(bytes((x // 4, y // 4, noise[x])) for x in range(_SIDE)))
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows), 1)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


async def _serve(port: int) -> None:
    picture, simulated = _png(), media.picture("webp", "a seed").content
    others: dict[int, bytes] = {}

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode()
                if path.startswith("/picture/"):
                    body = picture
                elif path.startswith("/simulated/"):
                    body = simulated
                else:
                    size = int(path.split("/")[2]) if path.startswith("/bytes/") else 0
                    body = others.setdefault(size, bytes(size))
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body))
                writer.write(body)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
