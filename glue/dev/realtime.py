"""A stand-in for Supabase's Realtime, for the examples and their tests: private topics over a WebSocket, in which supabase-js
speaks Phoenix's second version, [join_ref, ref, topic, event, payload]. What is broadcast comes from the notifications that the
database sends where it has no Realtime."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import psycopg
from aiohttp import web

from dev.postgrest import Refused, read_token

_PREFIX = "realtime:generations:"
_AGAIN_SECONDS = 0.5


class Realtime:
    """Tells those who have joined a topic. `url`: the database; `secret` signs tokens."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret
        self._joined: dict[str, set[web.WebSocketResponse]] = defaultdict(set)
        self.is_open = True
        """Whether anybody may connect: a test can close it."""

    def add_to(self, app: web.Application) -> None:
        """Its route, and what listens as long as the application runs."""
        app.router.add_get("/realtime/v1/websocket", self._serve)
        app.cleanup_ctx.append(self._listening)

    async def close_all(self) -> None:
        """Cut off everybody, as a restart does."""
        for socket in {socket for sockets in self._joined.values() for socket in sockets}:
            await socket.close()

    async def _listening(self, _: web.Application) -> AsyncIterator[None]:
        listener = asyncio.create_task(self._listen())
        yield
        await self.close_all()
        listener.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listener

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(psycopg.OperationalError):
                async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
                    await connection.execute("listen basepool_changes")
                    async for heard in connection.notifies():
                        payload = json.loads(heard.payload)
                        await self._broadcast(_PREFIX + payload.pop("user"), payload)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _broadcast(self, topic: str, payload: dict[str, Any]) -> None:
        message = {"type": "broadcast", "event": "changes", "payload": payload}
        for socket in list(self._joined[topic]):
            with contextlib.suppress(ConnectionError):
                await socket.send_json([None, None, topic, "broadcast", message])

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if not self.is_open:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        try:
            async for received in socket:
                if received.type is not aiohttp.WSMsgType.TEXT:
                    continue
                join_ref, ref, topic, event, payload = json.loads(received.data)
                if reply := self._handle(socket, topic, event, payload):
                    await socket.send_json([join_ref, ref, topic, "phx_reply", reply])
        finally:
            for sockets in self._joined.values():
                sockets.discard(socket)
        return socket

    def _handle(
        self, socket: web.WebSocketResponse, topic: str, event: str, payload: dict[str, Any]
    ) -> dict[str, Any] | None:
        if event == "phx_join":
            if not self._may_join(topic, payload):
                reason = f"Unauthorized: You do not have permissions to read from this Channel topic: {topic}"
                return {"status": "error", "response": {"reason": reason}}
            self._joined[topic].add(socket)
        elif event == "phx_leave":
            self._joined[topic].discard(socket)
        elif event != "heartbeat":
            return None
        return {"status": "ok", "response": {"postgres_changes": []} if event == "phx_join" else {}}

    def _may_join(self, topic: str, payload: dict[str, Any]) -> bool:
        """What basepool's policy on realtime.messages says."""
        try:
            claims = read_token(self._secret, payload.get("access_token", ""))
        except Refused:
            return False
        is_private = payload.get("config", {}).get("private", False)
        return bool(is_private and claims["role"] == "authenticated" and topic == _PREFIX + claims.get("sub", ""))
