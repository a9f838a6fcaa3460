"""Replicate's HTTP API as an ASGI application, its stand-in of the delivery host, and the operator's `/_sim`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from basepool.simulator import admin, answers, downloads, errors, models, paging
from basepool.simulator.config import SimulatorConfig
from basepool.simulator.requests import parse_create
from basepool.simulator.simulator import Simulator
from basepool.simulator.state import Account, Prediction, Token

_SLOW_SECONDS = 2.0
Operation = Callable[[Request, Simulator, Account, Token], Awaitable[Response]]


def create_app(config: SimulatorConfig | None = None) -> Starlette:
    """The simulator as an ASGI application; `app.state.simulator` is the Simulator behind it."""
    simulator = Simulator(config or SimulatorConfig())

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await simulator.stop()

    def api(path: str, operation: Operation, method: str = "GET") -> Route:
        return Route(f"/v1{path}", _guarded(simulator, operation), methods=[method])

    app = Starlette(
        lifespan=lifespan,
        routes=[
            api("/predictions", _create, "POST"),
            api("/predictions", _list),
            api("/predictions/{prediction_id}", _get),
            api("/predictions/{prediction_id}/cancel", _cancel, "POST"),
            api("/models/{owner}/{name}/predictions", _create, "POST"),
            api("/models/{owner}/{name}", _model),
            api("/models/{owner}/{name}/versions/{version}", _version),
            api("/deployments/{deployment_owner}/{deployment_name}/predictions", _create, "POST"),
            api("/account", _account),
            api("/webhooks/default/secret", _webhook_secret),
            Route("/files/{key:path}", _file),
            *admin.routes(),
            Route("/{path:path}", _guarded(simulator, _nothing), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ],
        exception_handlers={errors.ApiError: _answer_error},
    )
    app.state.simulator = simulator
    return app


def _answer_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, errors.ApiError)
    return error.response


def _guarded(simulator: Simulator, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
    """Whatever an operation of the API does: the token first, then the account's limit; counts and headers after."""

    async def endpoint(request: Request) -> Response:
        account, token = simulator.authenticate(request.headers.get("authorization"))
        creating = operation is _create
        both = (account.counts, token.counts)
        try:
            simulator.admit(account, token, creating=creating)
            if not creating:
                for counts in both:
                    counts.reads += operation is not _cancel
                    counts.cancels += operation is _cancel
            response = await operation(request, simulator, account, token)
        except errors.ApiError as error:
            response = error.response
        except ClientDisconnect:
            # nobody is left to answer
            return Response(status_code=499)
        if 400 <= response.status_code < 500 and response.status_code != 429:
            for counts in both:
                counts.refused += 1
        limit, moment = account.limit_of(creating), time.monotonic()
        response.headers.update(answers.rate_headers(limit.remaining(moment), limit.reset(moment)))
        return response

    return endpoint


async def _create(request: Request, simulator: Simulator, account: Account, token: Token) -> Response:
    path = request.path_params
    asked = parse_create(
        await request.body(),
        model=f"{path['owner']}/{path['name']}" if "owner" in path else None,
        deployment=f"{path['deployment_owner']}/{path['deployment_name']}" if "deployment_owner" in path else None,
        prefer=request.headers.get("prefer"),
        cancel_after=request.headers.get("cancel-after"),
        http_webhooks=simulator.config.http_webhooks,
    )
    prediction, fault = simulator.create(account, token, asked, _base_url(request, simulator))
    if fault is not None:
        response = answers.spoilt(fault, simulator.config.hang_seconds, simulator.stopping)
        if response is not None:
            if prediction is not None:
                prediction.answered = answers.name_of(response)
            return response
        await asyncio.sleep(fault.number(_SLOW_SECONDS))
    assert prediction is not None  # a fault that prevents the prediction has an answer of its own
    if asked.wait is None:
        return simulator.raw.response("create", prediction, 201)
    return await _wait(simulator, prediction, asked.wait)


async def _wait(simulator: Simulator, prediction: Prediction, seconds: float) -> Response:
    """201 with the end of the prediction, or after `seconds` 202 and, as documented, `starting` whatever it does."""
    try:
        await asyncio.wait_for(prediction.finished.wait(), seconds)
    except TimeoutError:
        prediction.answered = "202"
        return simulator.raw.response("create", prediction, 202, {"status": "starting", "output": None})
    return simulator.raw.response("create", prediction, 201)


async def _get(request: Request, simulator: Simulator, account: Account, _: Token) -> Response:
    prediction = simulator.find(account, request.path_params["prediction_id"])
    return _spoilt_read(simulator, prediction) or simulator.raw.response("get", prediction)


async def _cancel(request: Request, simulator: Simulator, account: Account, _: Token) -> Response:
    prediction = simulator.find(account, request.path_params["prediction_id"])
    if response := _spoilt_read(simulator, prediction):
        return response
    simulator.lifecycle.cancel(prediction)
    return simulator.raw.response("cancel", prediction)


async def _list(request: Request, simulator: Simulator, account: Account, _: Token) -> Response:
    url = f"{_base_url(request, simulator)}/v1/predictions"
    links, shown = paging.page(simulator.state.newest_first(account), dict(request.query_params), url)
    return _spoilt_read(simulator, None) or simulator.raw.page(links, shown)


async def _account(_: Request, simulator: Simulator, account: Account, __: Token) -> Response:
    return _spoilt_read(simulator, None) or simulator.raw.plain(
        "account",
        {
            "type": account.type,
            "username": account.username,
            "name": account.username.title(),
            "github_url": f"https://github.com/{account.username}",
        },
    )


async def _webhook_secret(_: Request, simulator: Simulator, account: Account, __: Token) -> Response:
    return _spoilt_read(simulator, None) or simulator.raw.plain("webhook_secret", {"key": account.webhook_secret})


async def _model(request: Request, simulator: Simulator, _: Account, __: Token) -> Response:
    path = request.path_params
    shown = models.model_object(path["owner"], path["name"])
    if (model := f"{path['owner']}/{path['name']}") in simulator.config.missing_models:
        return errors.not_found()
    return _spoilt_read(simulator, None) or JSONResponse(
        {**shown, "is_official": model not in simulator.config.community_models}
    )


async def _version(request: Request, simulator: Simulator, _: Account, __: Token) -> Response:
    path = request.path_params
    return _spoilt_read(simulator, None) or JSONResponse(
        models.version_object(f"{path['owner']}/{path['name']}", path["version"])
    )


async def _nothing(_: Request, __: Simulator, ___: Account, ____: Token) -> Response:
    return errors.not_found()


async def _file(request: Request) -> Response:
    """A download from the delivery host; like there, whoever knows the URL may have it."""
    simulator: Simulator = request.app.state.simulator
    found = simulator.state.files.get(request.path_params["key"])
    if found is None or found.is_deleted:
        return errors.not_found()
    found.downloads += 1
    fault = None if downloads.IS_DIRECT in request.query_params else simulator.file_fault(found.prediction)
    if fault is None:
        return downloads.right(found.media)
    where = str(request.url.include_query_params(**{downloads.IS_DIRECT: ""}))
    return downloads.spoilt(fault, found.media, where, simulator.config.hang_seconds, simulator.stopping)


def _spoilt_read(simulator: Simulator, prediction: Prediction | None) -> Response | None:
    fault = simulator.read_fault(prediction)
    if fault is None:
        return None
    return answers.spoilt(fault, simulator.config.hang_seconds, simulator.stopping)


def _base_url(request: Request, simulator: Simulator) -> str:
    return (simulator.config.public_url or str(request.base_url)).rstrip("/")
