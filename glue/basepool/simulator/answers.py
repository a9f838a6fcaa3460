"""The answers that faults give instead of the right one."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from basepool.simulator import errors
from basepool.simulator.faults import Fault

_SECONDS = 30.0
_LOW_CREDIT_SECONDS = 5.0
_LOW_CREDIT_PER_MINUTE = 6


def spoilt(fault: Fault, hang_seconds: float, stopping: asyncio.Event) -> Response | None:
    """The answer of `fault` to a create or a read; None for a fault that leaves the answer right (`slow`).

    A hanging answer is held for `hang_seconds` of the wall clock, or until `stopping` is set."""
    match fault.name.removeprefix("read_"):
        case "unauthorized":
            return errors.unauthenticated()
        case "insufficient_credit":
            return errors.insufficient_credit()
        case "blocked":
            return errors.blocked()
        case "not_found":
            return errors.not_found()
        case "invalid_input":
            return errors.invalid_field("required", "input", "prompt is required")
        case "invalid_version":
            return errors.invalid_version()
        case "throttled":
            return errors.throttled(fault.number(_SECONDS))
        case "throttled_low_credit":
            return errors.throttled_low_credit(fault.number(_LOW_CREDIT_SECONDS), _LOW_CREDIT_PER_MINUTE)
        case "server_error" | "server_error_after_create":
            return errors.server_error(int(fault.number(500)))
        case "error_list":
            return errors.error_list()
        case "reset_before_create" | "reset_after_create" | "reset":
            return errors.ResetResponse()
        case "hang_before_create" | "hang_after_create" | "hang":
            return errors.HangResponse(hang_seconds, stopping)
    return None


def name_of(response: Response) -> str:
    """What the caller sees of an answer, in a word: its status, `reset` or `hang`."""
    match response:
        case errors.HangResponse():
            return "hang"
        case errors.ResetResponse():
            return "reset"
    return str(response.status_code)


def rate_headers(remaining: int, reset: float) -> dict[str, Any]:
    """The two headers that every answer of the API carries: requests left, and seconds until there are more."""
    return {"ratelimit-remaining": str(remaining), "ratelimit-reset": str(max(1, round(reset)))}
