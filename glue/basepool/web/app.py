"""What listens: Replicate's webhooks, Supabase's database webhooks, cron calls, health. Everything fails closed.

With a worker (`basepool work`) beside it, this only records. Without one, set SERVERLESS=true: submits arrive as database
webhooks at /webhooks/dispatch, each applied webhook dispatches what the freed capacity allows, and a scheduler calls
/api/cron/{job} for each job of the glue every minute, for what waits until a time. `create_app()` is an ASGI factory, for
uvicorn (`uvicorn --factory basepool.web.app:create_app`) and serverless platforms alike.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from basepool import config, documents, encoding, log
from basepool.config import Settings
from basepool.database import Database
from basepool.errors import (
    BasepoolError,
    DatabaseRefused,
    DatabaseUnreachable,
    ForeignPrediction,
    NotMigrated,
    SettlementFailed,
    UnknownAttempt,
    UnknownJob,
    is_fault_of_database,
)
from basepool.replicate import Replicate
from basepool.web.secrets import Secrets
from basepool.web.signature import BadSignature
from basepool.work import jobs

logger = logging.getLogger(__name__)

_RETRY_AFTER_SECONDS = 2
_TRACES_PER_SECOND = 5
_MAX_DIGITS = 18
_STATUS_OF: dict[type[BasepoolError], int] = {UnknownAttempt: 404, ForeignPrediction: 409}


class Refusal(Exception):
    """An answer other than 2xx: status, code, message, hint."""

    def __init__(self, status: int, code: str, message: str, hint: str, *, is_genuine: bool = False) -> None:
        """`is_genuine`: it was signed, so nobody else makes us write that we refused it."""
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, "hint": hint}
        self.is_genuine = is_genuine


class _Traces:
    """Bounds how many refused webhooks leave a row: whoever forges them shall not fill the database."""

    def __init__(self) -> None:
        self._second = 0
        self._left = _TRACES_PER_SECOND

    def allowed(self) -> bool:
        if (second := int(time.monotonic())) != self._second:
            self._second, self._left = second, _TRACES_PER_SECOND
        self._left -= 1
        return self._left >= 0


@dataclass(frozen=True)
class _Backend:
    """What the routes work with."""

    database: Database
    replicate: Replicate
    secrets: Secrets


class _Opening:
    """The backend of one event loop, opened by the first request that asks for it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = asyncio.Lock()
        self._cleanup = AsyncExitStack()
        self._backend: _Backend | None = None

    async def get(self) -> _Backend:
        async with self._lock:
            if self._backend is None:
                async with AsyncExitStack() as stack:
                    database = await stack.enter_async_context(Database.open(self._settings, check=False))
                    replicate = await stack.enter_async_context(Replicate(self._settings))
                    self._cleanup = stack.pop_all()
                self._backend = _Backend(database, replicate, Secrets(database))
            return self._backend

    async def close(self) -> None:
        await self._cleanup.aclose()


class _Backends:
    """Several hosts send no lifespan events, so what is needed is opened on first use; and some of them run each request in an
    event loop of its own, with which its connections end, so each loop has its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._of_loop: dict[asyncio.AbstractEventLoop, _Opening] = {}

    async def get(self) -> _Backend:
        """The backend of the running loop."""
        loop = asyncio.get_running_loop()
        opening = self._of_loop.get(loop)
        if opening is None:
            for ended in [each for each in list(self._of_loop) if each.is_closed()]:
                self._of_loop.pop(ended, None)
            opening = self._of_loop[loop] = _Opening(self._settings)
        return await opening.get()

    async def close(self) -> None:
        """Close the running loop's, where the host says that it stops."""
        if opening := self._of_loop.pop(asyncio.get_running_loop(), None):
            await opening.close()


def create_app(settings: Settings | None = None) -> Starlette:
    """The ASGI application. `settings` default to the environment. Raises ConfigError. Starts without a database too: until
    it is there, /readyz and webhooks answer 503 and Replicate tries again."""
    if settings is None:
        settings = config.load()
        log.configure(settings)
    backends = _Backends(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await backends.close()

    app = Starlette(
        routes=[
            Route("/webhooks/replicate", _replicate_webhook, methods=["POST"]),
            Route("/webhooks/dispatch", _dispatch_webhook, methods=["POST"]),
            Route("/api/cron/{job}", _cron, methods=["GET", "POST"]),
            Route("/healthz", _healthz),
            Route("/readyz", _readyz),
        ],
        lifespan=lifespan,
        exception_handlers={
            Refusal: _answer_refusal,
            BasepoolError: _answer_error,
            HTTPException: _answer_http_error,
            Exception: _answer_unexpected,
        },
    )
    app.state.settings = settings
    app.state.backends = backends
    app.state.traces = _Traces()
    return app


async def _backend(request: Request) -> _Backend:
    backends: _Backends = request.app.state.backends
    return await backends.get()


async def _replicate_webhook(request: Request) -> Response:
    backend = await _backend(request)
    settings: Settings = request.app.state.settings
    try:
        outcome = await _apply_webhook(request, backend, settings)
    except Refusal as refusal:
        await _trace_refusal(request, backend.database, refusal)
        raise
    answer: dict[str, Any] = {"outcome": outcome}
    if settings.serverless and outcome == "applied":
        answer["dispatched"] = await _dispatch(request)
    return JSONResponse(answer)


async def _apply_webhook(request: Request, backend: _Backend, settings: Settings) -> str:
    """What became of the prediction that the webhook is about. Raises Refusal."""
    attempt = _named_attempt(request)
    if attempt is None:
        raise Refusal(400, "PT400", "the URL names no attempt", "Use the URL that basepool gave to Replicate.")
    body = await _read_body(request, settings.webhook_max_bytes)
    try:
        webhook_id = await backend.secrets.verify(attempt, body, request.headers)
    except UnknownAttempt as error:
        raise Refusal(404, error.code, error.message, error.hint) from None
    except BadSignature as error:
        raise Refusal(401, "PT401", f"bad signature: {error}", "Only Replicate may call this.") from None
    # from here on Replicate itself has said it, so that what becomes of it is always written down
    try:
        prediction = documents.read(body)
    except documents.Unreadable as error:
        raise Refusal(
            400, "PT400", f"the body is no JSON object: {error}", "A webhook carries a prediction.", is_genuine=True
        ) from None
    try:
        return await backend.database.apply_prediction(
            attempt=attempt, prediction=prediction, source="webhook", webhook_id=webhook_id
        )
    except BasepoolError as error:
        if isinstance(error, SettlementFailed) or is_fault_of_database(error):
            raise
        raise Refusal(
            _STATUS_OF.get(type(error), 400), error.code, error.message, error.hint, is_genuine=True
        ) from None


async def _trace_refusal(request: Request, database: Database, refusal: Refusal) -> None:
    """Leave a row that says which webhook was refused, and why."""
    reason = refusal.body["message"]
    logger.warning("webhook refused: %s", reason)
    traces: _Traces = request.app.state.traces
    if refusal.is_genuine or traces.allowed():
        await database.record_webhook_refused(
            attempt=_named_attempt(request), webhook_id=request.headers.get("webhook-id"), reason=reason
        )


def _named_attempt(request: Request) -> UUID | None:
    try:
        return UUID(request.query_params["attempt"])
    except (KeyError, ValueError):
        return None


async def _read_body(request: Request, limit: int) -> bytes:
    """The body as it was before somebody compressed it. Raises Refusal as soon as it is larger than `limit`: nobody can make us
    hold more."""
    too_large = Refusal(413, "PT413", f"the body is larger than {limit} bytes", "Raise WEBHOOK_MAX_BYTES.")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and (len(length) > _MAX_DIGITS or int(length) > limit):
        raise too_large
    parts: list[bytes] = []
    size = 0
    try:
        async for part in encoding.decoded(request.stream(), request.headers.get("content-encoding", "")):
            size += len(part)
            if size > limit:
                raise too_large
            parts.append(part)
    except encoding.Undecodable as error:
        raise Refusal(415, "PT415", str(error), "Send it as it is, or with gzip.") from None
    return b"".join(parts)


async def _dispatch_webhook(request: Request) -> Response:
    _authorize(request, request.app.state.settings.dispatch_secret, "DISPATCH_SECRET")
    return JSONResponse(await _dispatch(request))


async def _dispatch(request: Request) -> dict[str, Any]:
    """One bounded cycle. Its failure is not the caller's: what it did not send still waits."""
    settings: Settings = request.app.state.settings
    backend = await _backend(request)
    try:
        return await jobs.dispatch(backend.database, backend.replicate, settings)
    except BasepoolError as error:
        logger.error("dispatching failed: %s %s", error.code, error.message)
        return {"error": error.code}


async def _cron(request: Request) -> Response:
    settings: Settings = request.app.state.settings
    _authorize(request, settings.cron_secret, "CRON_SECRET")
    backend = await _backend(request)
    try:
        done = await jobs.run_job(request.path_params["job"], "http", backend.database, backend.replicate, settings)
    except UnknownJob as error:
        raise Refusal(404, error.code, error.message, error.hint) from None
    return JSONResponse(done, 200 if done["ok"] else 500)


def _authorize(request: Request, secret: SecretStr | None, name: str) -> None:
    """Raises Refusal unless the caller has the bearer secret; without one configured, nobody has."""
    if secret is None:
        raise Refusal(503, "TP014", f"{name} is not set, so this is closed", f"Set {name} to at least 16 characters.")
    given = request.headers.get("authorization", "").encode()
    if not hmac.compare_digest(given, f"Bearer {secret.get_secret_value()}".encode()):
        raise Refusal(401, "PT401", "not authorized", f"Send Authorization: Bearer with the value of {name}.")


async def _healthz(request: Request) -> Response:
    return JSONResponse({"ok": True})


async def _readyz(request: Request) -> Response:
    backend = await _backend(request)
    try:
        health = await backend.database.health()
    except BasepoolError as error:
        raise Refusal(503, error.code, "the database is not ready", error.default_hint) from None
    return JSONResponse({"ok": health["ok"]}, 200 if health["ok"] else 503)


async def _answer_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return JSONResponse(error.body, error.status)


async def _answer_error(request: Request, error: Exception) -> Response:
    """An error of the database. When it is down, Replicate shall try again."""
    assert isinstance(error, BasepoolError)
    # of a database that can't do anything is said once that it can't
    level = logging.DEBUG if isinstance(error, DatabaseUnreachable | DatabaseRefused) else logging.ERROR
    logger.log(level, "%s: %s %s", request.url.path, error.code, error.message)
    if isinstance(error, DatabaseUnreachable | DatabaseRefused | NotMigrated | SettlementFailed):
        body = {"code": error.code, "message": "the database can't do this now", "hint": "Try again."}
        return JSONResponse(body, 503, headers={"Retry-After": str(_RETRY_AFTER_SECONDS)})
    if error.code.startswith("PT4"):
        return JSONResponse(error.as_json(), int(error.code[2:]))
    return JSONResponse({"code": error.code, "message": "it could not be done", "hint": "See the log."}, 500)


async def _answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    body = {"code": f"PT{error.status_code}", "message": error.detail.lower(), "hint": "See the README for the routes."}
    return JSONResponse(body, error.status_code, headers=error.headers)


async def _answer_unexpected(request: Request, error: Exception) -> Response:
    if not isinstance(error, ClientDisconnect):
        logger.error("%s: unexpected", request.url.path, exc_info=error)
    return JSONResponse({"code": "TP099", "message": "unexpected error", "hint": "See the log."}, 500)
