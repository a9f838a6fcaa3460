"""Stands in for a Supabase project on one machine: PostgREST, Realtime, a user who is signed in. It serves the examples."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType
from typing import Self

from aiohttp import web
from psycopg_pool import AsyncConnectionPool

from basepool.errors import PortInUse
from dev.devserver import PROJECT
from dev.postgrest import Pool, PostgREST, make_token
from dev.realtime import Realtime

_EXAMPLES = PROJECT / "examples"
_GALLERY = "/examples/gallery/"
_LIBRARY = "supabase-js/node_modules/@supabase/supabase-js/dist/umd/supabase.js"
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0


class SupabaseServer:
    """Runs in a thread of its own: `with SupabaseServer(database_url, secret) as supabase: ...`. `user`: who is signed in where
    the gallery is."""

    def __init__(self, database_url: str, secret: str, *, user: str | None = None, port: int = 0) -> None:
        """Nothing listens before `start`; port 0 takes a free one."""
        self._database_url = database_url
        self._secret = secret
        self._user = user
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="supabase", daemon=True)
        self._started = threading.Event()
        self._stopping = asyncio.Event()
        self._failure: Exception | None = None
        self.realtime = Realtime(database_url, secret)
        self.url = ""
        self.anon_key = make_token(secret, "anon")

    @property
    def gallery_url(self) -> str:
        """The page of examples/gallery."""
        return self.url + _GALLERY

    def token(self, user: str, seconds: float = 86_400.0) -> str:
        """What `user` gets when he signs in."""
        return make_token(self._secret, "authenticated", user, seconds)

    def start(self) -> Self:
        """Returns when requests are answered. Raises PortInUse."""
        self._thread.start()
        self._started.wait(_START_SECONDS)
        if self._failure:
            raise self._failure
        return self

    def stop(self) -> None:
        """Let go of everybody."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_STOP_SECONDS)

    def cut_off(self, *, stay_closed: bool = False) -> None:
        """Realtime's connections break; `stay_closed`: and none is made until `reopen`."""
        self.realtime.is_open = not stay_closed
        asyncio.run_coroutine_threadsafe(self.realtime.close_all(), self._loop).result(_STOP_SECONDS)

    def reopen(self) -> None:
        """Realtime can be connected to again."""
        self.realtime.is_open = True

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as error:
            self._failure = error
        finally:
            self._started.set()
            self._loop.close()

    async def _serve(self) -> None:
        pool: Pool
        async with AsyncConnectionPool(
            self._database_url, min_size=1, max_size=8, open=False, kwargs={"autocommit": True}
        ) as pool:
            app = web.Application(client_max_size=10_000_000)
            PostgREST(pool, self._secret).add_to(app)
            self.realtime.add_to(app)
            app.router.add_get("/", _redirect)
            app.router.add_get(_GALLERY, _index)
            app.router.add_get(f"{_GALLERY}config.json", self._configure)
            app.router.add_static("/examples/", _EXAMPLES)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", self._port).start()
            except OSError:
                await runner.cleanup()
                raise PortInUse(f"port {self._port} is in use") from None
            self.url = f"http://127.0.0.1:{_port_of(runner)}"
            self._started.set()
            await self._stopping.wait()
            await runner.cleanup()

    async def _configure(self, request: web.Request) -> web.Response:
        """What the gallery asks for first: where its project is, and who is signed in there."""
        if self._user is None:
            raise web.HTTPNotFound
        config = {"url": self.url, "key": self.anon_key, "token": self.token(self._user)}
        # else it comes from where the page says
        if (_EXAMPLES / _LIBRARY).is_file():
            config["library"] = f"/examples/{_LIBRARY}"
        return web.json_response(config)


def _port_of(runner: web.AppRunner) -> int:
    address = runner.addresses[0]
    assert address
    return int(address[1])


async def _redirect(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound(_GALLERY)


async def _index(_: web.Request) -> web.StreamResponse:
    return web.FileResponse(_EXAMPLES / "gallery" / "index.html")
