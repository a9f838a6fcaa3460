"""What the tests of the store have in place of the world: sources that mean harm, and a Supabase Storage that errs as the
real one does. Each listens on a port of its own, in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

Converse = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

SERVICE_KEY = "a-service-key-of-the-tests"


@contextlib.contextmanager
def listening(app: ASGIApp) -> Iterator[str]:
    """`app` over HTTP; yields its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=0)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextlib.contextmanager
def conversing(converse: Converse) -> Iterator[str]:
    """Whoever connects is talked to by `converse`, which may say what is no HTTP; yields the URL."""
    ports: list[int] = []
    loops: list[asyncio.AbstractEventLoop] = []
    ready = threading.Event()
    over = asyncio.Event()

    async def serve() -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await converse(reader, writer)
            writer.close()

        loops.append(asyncio.get_running_loop())
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        ready.set()
        await over.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        loops[0].call_soon_threadsafe(over.set)
        thread.join()


def saying(head: str, *parts: bytes, then: Converse | None = None) -> Converse:
    """Hears a request and answers with `head` (its lines), `parts`, and whatever `then` adds before the connection is
    closed."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.strip().replace("\n", "\r\n").encode() + b"\r\n\r\n" + b"".join(parts))
        await writer.drain()
        if then:
            await then(reader, writer)

    return converse


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Says nothing until the other end goes."""
    await reader.read()


async def for_ever(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Never ends."""
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


@dataclass
class Object:
    """What a bucket has under a key."""

    content: bytes
    content_type: str
    cache_control: str


@dataclass
class SupabaseStorage:
    """One bucket. As Supabase's REST API it answers errors with HTTP 400 and the true status as a string; it looks at
    content-length and at nothing else to keep its limit; cache-control is what each upload says, or no-cache."""

    bucket: str = "outputs"
    max_bytes: int | None = None
    types: tuple[str, ...] = ()
    objects: dict[str, Object] = field(default_factory=dict)
    uploads: int = 0
    lost_answers: int = 0
    """So many uploads are carried out, and answered with 500."""
    broken: int = 0
    """So many uploads are answered with a page of what is in front of it."""
    hangs: int = 0
    """So many uploads are heard and never answered."""
    is_down: bool = False
    """Each upload is answered as a broken one."""
    is_silent: bool = False
    """No upload is answered; those of that time never are."""
    is_upsert_deaf: bool = False
    """What is there already is a duplicate, whatever the upload asks for: as for who comes while another is at it."""

    def app(self) -> Starlette:
        """The API."""
        return Starlette(
            routes=[
                Route("/storage/v1/object/list/{bucket}", self._list, methods=["POST"]),
                Route("/storage/v1/object/sign/{bucket}/{key:path}", self._sign, methods=["POST"]),
                Route("/storage/v1/object/sign/{bucket}/{key:path}", self._get_signed, methods=["GET"]),
                Route("/storage/v1/object/authenticated/{bucket}/{key:path}", self._get, methods=["GET"]),
                Route("/storage/v1/object/public/{bucket}/{key:path}", self._get_public, methods=["GET"]),
                Route("/storage/v1/object/{bucket}/{key:path}", self._upload, methods=["POST"]),
                Route("/storage/v1/object/{bucket}", self._delete, methods=["DELETE"]),
            ]
        )

    async def _upload(self, request: Request) -> Response:
        self.uploads += 1
        if refusal := self._refuses(request):
            return refusal
        key = request.path_params["key"]
        if not key.isascii():
            return _error(400, "InvalidKey", f"Invalid key: {key}")
        length = request.headers.get("content-length")
        if self.max_bytes is not None and length is not None and int(length) > self.max_bytes:
            return _error(413, "Payload too large", "The object exceeded the maximum allowed size")
        content_type = request.headers.get("content-type", "")
        if self.types and content_type not in self.types:
            return _error(415, "invalid_mime_type", f"mime type {content_type} is not supported")
        try:
            content = await request.body()
        except ClientDisconnect:
            return Response()
        if self.hangs or self.is_silent:
            self.hangs = max(0, self.hangs - 1)
            await asyncio.get_running_loop().create_future()
        if self.broken or self.is_down:
            self.broken = max(0, self.broken - 1)
            return Response("<html>502 Bad Gateway</html>", 502, media_type="text/html")
        if key in self.objects and (self.is_upsert_deaf or request.headers.get("x-upsert") != "true"):
            return _error(409, "Duplicate", "The resource already exists")
        self.objects[key] = Object(content, content_type, request.headers.get("cache-control", "no-cache"))
        if self.lost_answers:
            self.lost_answers -= 1
            return _error(500, "Internal", "Internal Server Error")
        return JSONResponse({"Key": f"{self.bucket}/{key}"})

    async def _delete(self, request: Request) -> Response:
        if refusal := self._refuses(request):
            return refusal
        asked = (await request.json())["prefixes"]
        return JSONResponse([{"name": key} for key in asked if self.objects.pop(key, None)])

    async def _list(self, request: Request) -> Response:
        if refusal := self._refuses(request):
            return refusal
        asked = await request.json()
        prefix = asked["prefix"].rstrip("/")
        before = f"{prefix}/" if prefix else ""
        found: dict[str, dict[str, Any]] = {}
        for key, each in self.objects.items():
            if key.startswith(before):
                name, _, rest = key[len(before) :].partition("/")
                # a folder has a name and nothing else
                found[name] = {"name": name, "id": None if rest else key, "metadata": None} | (
                    {} if rest else {"metadata": {"size": len(each.content)}}
                )
        page = [found[name] for name in sorted(found)]
        return JSONResponse(page[asked["offset"] : asked["offset"] + asked["limit"]])

    async def _sign(self, request: Request) -> Response:
        if refusal := self._refuses(request):
            return refusal
        key, seconds = request.path_params["key"], (await request.json())["expiresIn"]
        if key not in self.objects:
            return _error(404, "not_found", "Object not found")
        return JSONResponse({"signedURL": f"/object/sign/{self.bucket}/{key}?token=good-for-{seconds}"})

    async def _get_signed(self, request: Request) -> Response:
        if not re.fullmatch("good-for-[0-9]+", request.query_params.get("token", "")):
            return _error(400, "InvalidJWT", "invalid signature")
        return self._answer(request)

    async def _get(self, request: Request) -> Response:
        return self._refuses(request) or self._answer(request)

    async def _get_public(self, request: Request) -> Response:
        return self._answer(request)

    def _answer(self, request: Request) -> Response:
        found = self.objects.get(request.path_params["key"])
        if found is None:
            return _error(404, "not_found", "Object not found")
        return Response(
            found.content, headers={"content-type": found.content_type, "cache-control": found.cache_control}
        )

    def _refuses(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {SERVICE_KEY}":
            return _error(403, "Unauthorized", "Invalid Compact JWS")
        if request.path_params["bucket"] != self.bucket:
            return _error(404, "Bucket not found", "Bucket not found")
        return None


def _error(status: int, error: str, message: str) -> Response:
    return JSONResponse({"statusCode": str(status), "error": error, "message": message}, 500 if status == 500 else 400)
