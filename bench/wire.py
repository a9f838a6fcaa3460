"""HTTP/1.1 as far as the benchmarks need it, on bare sockets: a client library would cost more than the server it measures."""

from __future__ import annotations

import asyncio


async def read_message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The head and the body of a request or an answer that says its length. Raises asyncio.IncompleteReadError at the end."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"\r\ncontent-length:")[2].split(b"\r\n", 1)[0]
    return head, await reader.readexactly(int(length or 0))


def request(method: str, host: str, path: str, body: bytes, **headers: str) -> bytes:
    """A request with a JSON body, as it goes over the wire; _ in a header's name is a hyphen."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}", "content-type: application/json"]
    lines += [
        f"content-length: {len(body)}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer(status: str, body: bytes) -> bytes:
    """An answer with a JSON body."""
    return f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
