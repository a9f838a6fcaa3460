"""What listens: Replicate's webhooks, Supabase's database webhooks, cron calls, health; who hands out what is kept; and the
operator's page. Everything fails closed.

With a worker (`basepool work`) beside it, this only records. Without one, set SERVERLESS=true: submits arrive as database
webhooks at /webhooks/dispatch, each applied webhook dispatches what the freed capacity allows, and a scheduler calls
/api/cron/{job} for each job of the glue every minute, for what waits until a time. `create_app()` is an ASGI factory, for
uvicorn (`uvicorn --factory basepool.web.app:create_app`) and serverless platforms alike.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from basepool import config, documents, log, metrics
from basepool.config import Settings
from basepool.database import Database
from basepool.errors import (
    BasepoolError,
    ConfigError,
    DatabaseRefused,
    DatabaseUnreachable,
    ForeignPrediction,
    SettlementFailed,
    UnknownAttempt,
    UnknownJob,
    is_fault_of_database,
)
from basepool.replicate import Replicate
from basepool.store.base import FILE, GENERATION, USER, OpenStore
from basepool.store.stores import open_store
from basepool.web import admin
from basepool.web.bodies import Bodies
from basepool.web.openapi import Answer, Door, Parameter, describe
from basepool.web.outputs import Links, hand_out
from basepool.web.readiness import Readiness
from basepool.web.refusal import RETRY_AFTER_SECONDS, Refusal
from basepool.web.secrets import Secrets
from basepool.web.signature import BadSignature, check_headers
from basepool.work import jobs

logger = logging.getLogger(__name__)

_TRACES_PER_SECOND = 5
_STATUS_OF: dict[type[BasepoolError], int] = {UnknownAttempt: 404, ForeignPrediction: 409}
_SECONDS_PER_COMPLAINT = 10
_KEEP_SECONDS = 4.0
_UUID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_JOB = re.compile("[a-z][a-z-]{0,62}")


class _Seldom:
    """So many in so many seconds: who forges webhooks shall fill neither database nor log, nor shall an outage."""

    def __init__(self, count: int, seconds: int) -> None:
        self._count, self._seconds = count, seconds
        self._period, self._left = 0, count

    def allowed(self) -> bool:
        if (period := int(time.monotonic()) // self._seconds) != self._period:
            self._period, self._left = period, self._count
        self._left -= 1
        return self._left >= 0


@dataclass(frozen=True)
class _Backend:
    """What the routes work with."""

    database: Database
    replicate: Replicate
    secrets: Secrets
    readiness: Readiness
    store: OpenStore | None
    links: Links


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
                    readiness = Readiness(database)
                    stack.push_async_callback(readiness.close)
                    store = self._open_store()
                    if store is not None:
                        stack.push_async_callback(store.close)
                    self._cleanup = stack.pop_all()
                self._backend = _Backend(database, replicate, Secrets(database), readiness, store, Links(database))
            return self._backend

    def _open_store(self) -> OpenStore | None:
        """None where it can't be: what is missing `basepool work` says."""
        try:
            return open_store(self._settings, makes_links=False)
        except ConfigError:
            return None

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


def create_app(settings: Settings | None = None, *, only_dashboard: bool = False) -> Starlette:
    """The ASGI application. `settings` default to the environment; `only_dashboard` leaves out all but the operator's page and
    what says how the process is. Raises ConfigError. Starts without a database too: until
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
            *(door.route() for door in _doors(settings) if not only_dashboard or door.path in {"/healthz", "/readyz"}),
            *admin.routes(settings),
        ],
        lifespan=lifespan,
        exception_handlers={
            Refusal: _answer_refusal,
            ClientDisconnect: _answer_nobody,
            BasepoolError: _answer_error,
            HTTPException: _answer_http_error,
            Exception: _answer_unexpected,
        },
    )
    # a path that is nearly right would be answered with the Host header of whoever asks
    app.router.redirect_slashes = False
    app.state.settings = settings
    app.state.backends = backends
    app.state.bodies = Bodies(settings)
    app.state.traces = _Seldom(_TRACES_PER_SECOND, 1)
    app.state.complaints = _Seldom(1, _SECONDS_PER_COMPLAINT)
    return app


async def _backend(request: Request) -> _Backend:
    backends: _Backends = request.app.state.backends
    return await backends.get()


async def _replicate_webhook(request: Request) -> Response:
    settings: Settings = request.app.state.settings
    try:
        outcome = await _apply_webhook(request)
    except Refusal as refusal:
        if refusal.is_genuine:
            # Replicate hears of it when it is written down, and comes again if it can't be
            await _record_refusal(request, refusal)
            raise
        refused = await _answer_refusal(request, refusal)
        # the answer does not wait for the database, which may not even be there
        refused.background = BackgroundTask(_trace_refusal, request, refusal)
        return refused
    answer: dict[str, Any] = {"outcome": outcome}
    if settings.serverless and outcome == "applied":
        answer["dispatched"] = await _dispatch(request)
        answer["kept"] = await _keep(request)
    return JSONResponse(answer)


async def _apply_webhook(request: Request) -> str:
    """What became of the prediction that the webhook is about. All that can be refused without the body is refused before the
    body is read. Raises Refusal, and BasepoolError where the same may be done later."""
    attempt = _named_attempt(request)
    if attempt is None:
        raise Refusal(400, "PT400", "the URL names no attempt", "Use the URL that basepool gave to Replicate.")
    bodies: Bodies = request.app.state.bodies
    bodies.check(request)
    try:
        check_headers(request.headers)
        backend = await _backend(request)
        await backend.secrets.expect(attempt)
        async with bodies.read(request) as body:
            webhook_id = await backend.secrets.verify(attempt, body, request.headers)
            return await _apply_genuine(backend.database, attempt, webhook_id, body)
    except BadSignature as error:
        raise Refusal(401, "PT401", f"bad signature: {error}", "Only Replicate may call this.") from None
    except UnknownAttempt as error:
        raise Refusal(404, error.code, error.message, error.hint) from None


async def _apply_genuine(database: Database, attempt: UUID, webhook_id: str, body: bytes) -> str:
    """What became of it, now that Replicate itself has said so: a refusal of it is always written down. Raises Refusal, and
    BasepoolError where the same may be done later."""
    try:
        prediction = documents.read(body)
    except documents.Unreadable as error:
        raise Refusal(
            400, "PT400", f"the body is no JSON object: {error}", "A webhook carries a prediction.", is_genuine=True
        ) from None
    try:
        return await database.apply_prediction(
            attempt=attempt, prediction=prediction, source="webhook", webhook_id=webhook_id
        )
    except BasepoolError as error:
        if _is_of_the_moment(error):
            raise
        raise Refusal(
            _STATUS_OF.get(type(error), 400), error.code, error.message, error.hint, is_genuine=True
        ) from None


def _is_of_the_moment(error: BasepoolError) -> bool:
    """Whether the same may be done later, so that Replicate shall try again."""
    return isinstance(error, SettlementFailed) or is_fault_of_database(error)


async def _trace_refusal(request: Request, refusal: Refusal) -> None:
    """Write down what nobody signed, or not every one of it. What could not be looked at now is not refused: it comes again."""
    if refusal.status == 503:
        complaints: _Seldom = request.app.state.complaints
        if complaints.allowed():
            logger.error("webhooks are sent away: %s", refusal.body["message"])
        return
    traces: _Seldom = request.app.state.traces
    if traces.allowed():
        with suppress(BasepoolError):
            await _record_refusal(request, refusal)


async def _record_refusal(request: Request, refusal: Refusal) -> None:
    """Leave a row that says which webhook was refused, and why. Raises BasepoolError."""
    reason = refusal.body["message"]
    logger.warning("webhook refused: %s", reason)
    backend = await _backend(request)
    await backend.database.record_webhook_refused(
        attempt=_named_attempt(request), webhook_id=request.headers.get("webhook-id"), reason=reason
    )


def _named_attempt(request: Request) -> UUID | None:
    named = request.query_params.get("attempt", "")
    return UUID(named) if _UUID.fullmatch(named) else None


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


async def _keep(request: Request) -> dict[str, Any]:
    """Copy of the outputs what fits into the time that Replicate waits for an answer. Its failure is not the caller's
    either."""
    settings: Settings = request.app.state.settings
    backend = await _backend(request)
    try:
        return await jobs.keep(backend.database, settings, min(_KEEP_SECONDS, settings.store_job_seconds))
    except BasepoolError as error:
        logger.error("keeping outputs failed: %s %s", error.code, error.message)
        return {"error": error.code}


async def _cron(request: Request) -> Response:
    settings: Settings = request.app.state.settings
    _authorize(request, settings.cron_secret, "CRON_SECRET")
    job = request.path_params["job"]
    if not _JOB.fullmatch(job):
        raise Refusal(404, UnknownJob.code, "there is no such job", UnknownJob.default_hint)
    backend = await _backend(request)
    try:
        done = await jobs.run_job(job, "http", backend.database, backend.replicate, settings)
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


async def _output(request: Request) -> Response:
    backend = await _backend(request)
    return await hand_out(request, backend.store, backend.links)


async def _healthz(request: Request) -> Response:
    return JSONResponse({"ok": True})


async def _readyz(request: Request) -> Response:
    backend = await _backend(request)
    try:
        warnings = await backend.readiness.check()
    except BasepoolError as error:
        # other errors quote the database; strangers may ask here
        hint = error.hint if isinstance(error, DatabaseUnreachable | DatabaseRefused) else error.default_hint
        raise Refusal(
            503, error.code, "the database is not ready", hint, retry_after=str(RETRY_AFTER_SECONDS)
        ) from None
    # it can do its work, so no proxy shall take it away for that
    return JSONResponse({"ok": True} | ({"warnings": warnings} if warnings else {}))


async def _metrics(request: Request) -> Response:
    _authorize(request, request.app.state.settings.metrics_secret, "METRICS_SECRET")
    backend = await _backend(request)
    return Response(
        metrics.expose(await backend.database.get_metrics()), headers={"content-type": metrics.CONTENT_TYPE}
    )


async def _openapi(request: Request) -> Response:
    return JSONResponse(describe(_doors(request.app.state.settings)))


async def _answer_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _answer(request, error.body, error.status, error.headers)


async def _answer_error(request: Request, error: Exception) -> Response:
    """An error of the database. When it is down, Replicate shall try again."""
    assert isinstance(error, BasepoolError)
    # of a database that can't do anything is said once that it can't
    silent = isinstance(error, DatabaseUnreachable | DatabaseRefused)
    complaints: _Seldom = request.app.state.complaints
    if silent or complaints.allowed():
        level = logging.DEBUG if silent else logging.ERROR
        logger.log(level, "%s: %s %s", request.url.path, error.code, error.message)
    if _is_of_the_moment(error):
        body = {"code": error.code, "message": "the database can't do this now", "hint": "Try again."}
        return _answer(request, body, 503, {"Retry-After": str(RETRY_AFTER_SECONDS)})
    if error.code.startswith("PT4"):
        return _answer(request, error.as_json(), int(error.code[2:]))
    return _answer(request, {"code": error.code, "message": "it could not be done", "hint": "See the log."}, 500)


async def _answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    body = {
        "code": f"PT{error.status_code}",
        "message": error.detail.lower(),
        "hint": "See /openapi.json for the routes.",
    }
    return _answer(request, body, error.status_code, error.headers)


async def _answer_nobody(request: Request, error: Exception) -> Response:
    """The caller went away before he had said all: nobody hears this."""
    return JSONResponse({"code": "PT400", "message": "the request ended early", "hint": "Send all of it."}, 400)


async def _answer_unexpected(request: Request, error: Exception) -> Response:
    logger.error("%s: unexpected", request.url.path, exc_info=error)
    return JSONResponse({"code": "TP099", "message": "unexpected error", "hint": "See the log."}, 500)


def _answer(request: Request, body: dict[str, str], status: int, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal. What the caller still has to say is not awaited: no host shall read on for us."""
    answer = JSONResponse(body, status, headers=dict(headers or {}))
    if request.scope["http_version"].startswith("1") and request.method not in {"GET", "HEAD"}:
        answer.headers["connection"] = "close"
    return answer


_OK = {"type": "object", "required": ["ok"], "properties": {"ok": {"const": True}}}
_BYTES = {"type": "string", "format": "binary"}
_DISPATCHED = {"type": "object", "description": "what was sent, or the code of what went wrong"}
_DONE = {"type": "object", "description": "what was copied into the store, or the code of what went wrong"}
_NOT_NOW = Answer("not now: try again", headers=("Retry-After",))
_UNAUTHORIZED = Answer("no secret, or a wrong one")
_CLOSED = Answer("no secret is configured, so this is closed; or the database is not there", headers=("Retry-After",))
_DOORS = (
    Door(
        "/webhooks/replicate",
        ["POST"],
        _replicate_webhook,
        "What Replicate says of a prediction, signed by the account that runs it.",
        {
            200: Answer(
                "what became of it",
                {
                    "type": "object",
                    "required": ["outcome"],
                    "properties": {"outcome": {"type": "string"}, "dispatched": _DISPATCHED, "kept": _DONE},
                },
            ),
            400: Answer("no attempt is named, or the body is no prediction"),
            401: Answer("not signed by the account that runs it, or not now"),
            404: Answer("there is no such attempt"),
            408: Answer("the body did not arrive in time"),
            409: Answer("the prediction belongs to another attempt"),
            413: Answer("the body is too large"),
            415: Answer("the body is compressed"),
            503: _NOT_NOW,
        },
        parameters=[
            Parameter("attempt", "query", {"type": "string", "format": "uuid", "pattern": f"^{_UUID.pattern}$"}),
            Parameter("webhook-id", "header", {"type": "string", "minLength": 1, "maxLength": 256}),
            Parameter("webhook-timestamp", "header", {"type": "string", "pattern": "^[0-9]{1,12}$"}),
            Parameter("webhook-signature", "header", {"type": "string", "pattern": "^v1,[A-Za-z0-9+/=]+( v1,.*)?$"}),
        ],
        body={
            "type": "object",
            "required": ["id", "status"],
            "properties": {"id": {"type": "string"}, "status": {"type": "string"}},
        },
    ),
    Door(
        "/webhooks/dispatch",
        ["POST"],
        _dispatch_webhook,
        "Sends what waits, once: for a database webhook, where no worker runs.",
        {200: Answer("what was sent", _DISPATCHED), 401: _UNAUTHORIZED, 503: _CLOSED},
        secret="DISPATCH_SECRET",
    ),
    Door(
        "/api/cron/{job}",
        ["GET", "POST"],
        _cron,
        "Runs a job now.",
        {
            200: Answer("what it did", {"type": "object", "required": ["job", "ok"], "properties": _OK["properties"]}),
            401: _UNAUTHORIZED,
            404: Answer("there is no such job"),
            500: Answer(
                "it failed", {"type": "object", "required": ["job", "ok"], "properties": {"ok": {"const": False}}}
            ),
            503: _CLOSED,
        },
        parameters=[Parameter("job", "path", {"type": "string", "pattern": f"^{_JOB.pattern}$"})],
        secret="CRON_SECRET",
    ),
    Door(
        "/outputs/{user}/{generation}/{file}",
        ["GET"],
        _output,
        "A file that is kept, where the store is a folder, or a private one.",
        {
            200: Answer("the file", _BYTES, ("Accept-Ranges", "Cache-Control", "Content-Disposition"), "*/*"),
            206: Answer("the part of it that Range asks for", _BYTES, ("Content-Range",), "*/*"),
            307: Answer("where it is", None, ("Location", "Cache-Control"), ""),
            403: Answer("the store is private, and the link is not signed, or not any more"),
            404: Answer("there is no such file"),
            416: Answer("it has no such part", headers=("Content-Range",)),
            503: _NOT_NOW,
        },
        parameters=[
            Parameter("user", "path", {"type": "string", "pattern": f"^{USER.pattern}$"}),
            Parameter("generation", "path", {"type": "string", "pattern": f"^{GENERATION.pattern}$"}),
            Parameter("file", "path", {"type": "string", "pattern": f"^{FILE.pattern}$"}),
            Parameter("expires", "query", {"type": "string", "pattern": "^[0-9]{1,12}$"}, is_required=False),
            Parameter("signature", "query", {"type": "string", "pattern": "^[0-9a-f]{64}$"}, is_required=False),
        ],
    ),
    Door("/healthz", ["GET"], _healthz, "The process lives.", {200: Answer("it does", _OK)}),
    Door(
        "/readyz",
        ["GET"],
        _readyz,
        "The database is there, migrated and writable. Answered within a second. warnings: what has stopped all the same.",
        {200: Answer("it is", _OK), 503: Answer("it is not; the hint says what to do", headers=("Retry-After",))},
    ),
    Door(
        "/openapi.json",
        ["GET"],
        _openapi,
        "This document.",
        {200: Answer("OpenAPI", {"type": "object", "required": ["openapi", "info", "paths"]})},
    ),
)
_METRICS_DOOR = Door(
    "/metrics",
    ["GET"],
    _metrics,
    "What is counted, for Prometheus.",
    {200: Answer("the samples", {"type": "string"}, media_type="text/plain"), 401: _UNAUTHORIZED, 503: _NOT_NOW},
    secret="METRICS_SECRET",
)


def _doors(settings: Settings) -> tuple[Door, ...]:
    """The routes that there are."""
    return (*_DOORS, _METRICS_DOOR) if settings.metrics_secret else _DOORS
