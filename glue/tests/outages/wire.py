"""A wire to a server that can be cut: what is at its other end lives on and knows what it knew."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from types import TracebackType
from typing import Any, Self

from dev.devserver import reserved_port

_PIECE = 65_536


class Wire:
    """Forwards connections to a port of this machine. Use as a context manager; `url` is its own end."""

    def __init__(self, target: int) -> None:
        """Nothing listens before it is entered; `target` is the port at the other end."""
        self._target = target
        self._held = contextlib.ExitStack()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="wire", daemon=True)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._port = 0

    @property
    def url(self) -> str:
        """Where to connect to."""
        return f"http://127.0.0.1:{self._port}"

    @contextlib.contextmanager
    def refused(self) -> Iterator[None]:
        """Meanwhile nobody listens, and what was connected is reset."""
        self._do(self._stop_listening())
        try:
            yield
        finally:
            self._do(self._listen())

    @contextlib.contextmanager
    def silent(self) -> Iterator[None]:
        """Meanwhile whoever connects is heard by nobody and hears nothing: a network that swallows everything. What was said in
        that time never arrives."""
        self._loop.call_soon_threadsafe(self._flows.clear)
        try:
            yield
        finally:
            self._do(self._lose_all())

    def __enter__(self) -> Self:
        self._port = self._held.enter_context(reserved_port())
        self._thread.start()
        self._do(self._listen())
        self._loop.call_soon_threadsafe(self._flows.set)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._do(self._stop_listening())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._held.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", self._port)

    async def _stop_listening(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        self._reset_all()
        # those that forwarded see the end of it
        await asyncio.sleep(0.05)

    async def _lose_all(self) -> None:
        self._reset_all()
        self._flows.set()

    def _reset_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            there, to_there = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            self._open.discard(writer)
            return
        self._open.add(to_there)
        await asyncio.gather(self._pump(reader, to_there), self._pump(there, writer))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(_PIECE):
                await self._flows.wait()
                if writer.transport.is_closing():
                    break
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.close()
