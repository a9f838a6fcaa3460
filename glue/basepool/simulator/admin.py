"""The operator's side of the simulator: `/_sim/...`. Not part of Replicate; it has no authentication."""

from __future__ import annotations

import asyncio
from typing import Any

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from basepool.simulator.config import AccountChanges, FaultChanges
from basepool.simulator.faults import KINDS
from basepool.simulator.raw import RawAnswer
from basepool.simulator.simulator import Simulator

_SETTINGS = TypeAdapter(dict[str, Any])
_RAW = TypeAdapter(list[RawAnswer])


def routes() -> list[Route]:
    """The routes of the operator's side."""
    return [
        Route("/_sim/state", _state, methods=["GET"]),
        Route("/_sim/stats", _stats, methods=["GET"]),
        Route("/_sim/deliveries", _deliveries, methods=["GET"]),
        Route("/_sim/files", _files, methods=["GET"]),
        Route("/_sim/files/delete", _delete_files, methods=["POST"]),
        Route("/_sim/faults", _known_faults, methods=["GET"]),
        Route("/_sim/faults", _change_faults, methods=["PATCH"]),
        Route("/_sim/raw", _raw, methods=["GET"]),
        Route("/_sim/raw", _put_raw, methods=["PUT"]),
        Route("/_sim/accounts/{username}", _change_account, methods=["PATCH"]),
        Route("/_sim/config", _change_config, methods=["PATCH"]),
        Route("/_sim/reset", _reset, methods=["POST"]),
    ]


def _simulator(request: Request) -> Simulator:
    simulator: Simulator = request.app.state.simulator
    return simulator


async def _state(request: Request) -> Response:
    return JSONResponse(_simulator(request).describe())


async def _stats(request: Request) -> Response:
    with_predictions = request.query_params.get("predictions", "true") != "false"
    return JSONResponse(_simulator(request).statistics(with_predictions=with_predictions))


async def _deliveries(request: Request) -> Response:
    return JSONResponse([delivery.to_json() for delivery in _simulator(request).webhooks.deliveries])


async def _files(request: Request) -> Response:
    files = dict(_simulator(request).state.files)
    # hashing gigabytes takes a while
    shown = await asyncio.to_thread(lambda: [file.to_json(key) for key, file in files.items()])
    return JSONResponse(shown)


async def _delete_files(request: Request) -> Response:
    return JSONResponse({"deleted": _simulator(request).delete_files()})


async def _known_faults(_: Request) -> Response:
    return JSONResponse(
        {name: {"strikes": kind.scope.value, "value": kind.value, "does": kind.help} for name, kind in KINDS.items()}
    )


async def _change_faults(request: Request) -> Response:
    simulator = _simulator(request)
    try:
        changes = FaultChanges.model_validate_json(await request.body())
        simulator.faults.change(changes.rates, changes.next)
    except ValueError as error:
        return _refusal(error)
    return JSONResponse({"rates": simulator.faults.rates, "next": simulator.faults.next})


async def _raw(request: Request) -> Response:
    return JSONResponse(_simulator(request).raw.to_json())


async def _put_raw(request: Request) -> Response:
    simulator = _simulator(request)
    try:
        simulator.raw.put(_RAW.validate_json(await request.body()))
    except ValueError as error:
        return _refusal(error)
    return JSONResponse(simulator.raw.to_json())


async def _change_account(request: Request) -> Response:
    simulator = _simulator(request)
    username = request.path_params["username"]
    try:
        simulator.set_account(username, AccountChanges.model_validate_json(await request.body()))
    except KeyError:
        return JSONResponse({"detail": f"no account {username!r}"}, status_code=404)
    except ValueError as error:
        return _refusal(error)
    return JSONResponse(simulator.describe())


async def _change_config(request: Request) -> Response:
    simulator = _simulator(request)
    try:
        simulator.configure(_SETTINGS.validate_json(await request.body()))
    except ValueError as error:
        return _refusal(error)
    return JSONResponse(simulator.describe()["config"])


async def _reset(request: Request) -> Response:
    await _simulator(request).reset()
    return JSONResponse(_simulator(request).describe())


def _refusal(error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, status_code=422)
