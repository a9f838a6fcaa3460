"""Replicate's error answers, with the bodies that were seen (replicate's RFC 7807 problems), and failed predictions' texts."""

from __future__ import annotations

import asyncio
import math
import random
import string
from http import HTTPStatus
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

RESET_EXTENSION = "basepool.reset"
"""The key in `scope["extensions"]` under which the server puts a function that resets the connection."""
CLOSE_EXTENSION = "basepool.close"
"""The same for a function that closes it, after everything was sent."""


class ApiError(Exception):
    """Raised where a request ends with an error; carries the answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"HTTP {response.status_code}")
        self.response = response


class ResetResponse(Response):
    """Not an answer: the connection is reset, as a load balancer or a dying process does."""

    _extension = RESET_EXTENSION

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reset the connection. Where the server offers no way to, the application fails as a reset would."""
        reset = scope.get("extensions", {}).get(self._extension)
        if reset is None:
            raise ConnectionResetError("connection reset by the simulator")
        reset()
        await disconnected(receive)


class ClosedResponse(ResetResponse):
    """Not an end of an answer: the connection is closed in the middle of it."""

    _extension = CLOSE_EXTENSION


class HangResponse(ResetResponse):
    """No answer: the caller is kept waiting until it leaves, the time is over or the simulator stops."""

    def __init__(self, seconds: float, stopping: asyncio.Event) -> None:
        super().__init__()
        self._seconds = seconds
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait; then reset the connection unless the caller has closed it."""
        left = asyncio.ensure_future(disconnected(receive))
        stopped = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({left, stopped}, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
            caller_is_gone = left.done()
        finally:
            left.cancel()
            stopped.cancel()
        if not caller_is_gone:
            await super().__call__(scope, receive, send)


async def disconnected(receive: Receive) -> None:
    """Wait until the caller has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


def problem(status: int, body: dict[str, Any]) -> JSONResponse:
    """An error answer with a JSON object, media type included."""
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def unauthenticated() -> Response:
    """401: the token is missing, malformed, unknown or revoked."""
    detail = "You did not pass a valid authentication token"
    return problem(401, {"title": "Unauthenticated", "detail": detail, "status": 401})


def insufficient_credit() -> Response:
    """402: the account cannot pay."""
    detail = (
        "You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to "
        "purchase credit. Once you purchase credit, please wait a few minutes before trying again."
    )
    return problem(402, {"title": "Insufficient credit", "detail": detail, "status": 402})


def blocked() -> Response:
    """403: a page of the edge in front of Replicate, not of Replicate."""
    return HTMLResponse(
        "<!DOCTYPE html><html><head><title>Attention Required!</title></head>"
        "<body><h1>Sorry, you have been blocked</h1><h2>You are unable to access replicate.com</h2></body></html>",
        status_code=403,
    )


def not_found() -> Response:
    """404: no such thing, or it belongs to another account."""
    return problem(404, {"detail": "The requested resource could not be found.", "status": 404})


def invalid_fields(fields: list[dict[str, str]]) -> Response:
    """422: `fields` are objects of type, field and description, as Replicate's validator reports them."""
    detail = "".join(f"- {field['field']}: {field['description']}\n" for field in fields)
    return problem(422, {"title": "Input validation failed", "detail": detail, "status": 422, "invalid_fields": fields})


def invalid_field(kind: str, field: str, description: str) -> Response:
    """422 about one field."""
    return invalid_fields([{"type": kind, "field": field, "description": description}])


def invalid_version() -> Response:
    """422: the version does not exist or is somebody else's."""
    detail = "The specified version does not exist (or perhaps you don't have permission to use it?)"
    return problem(422, {"title": "Invalid version or not permitted", "detail": detail, "status": 422})


def throttled(seconds: float) -> Response:
    """429 of the ordinary limit, which resets in `seconds`."""
    return problem(429, {"detail": f"Request was throttled. Your rate limit resets in ~{math.ceil(seconds)}s."})


def throttled_low_credit(seconds: float, per_minute: int) -> Response:
    """429 of an account with low credit, which may create again in `seconds`."""
    wait = math.ceil(seconds)
    detail = (
        f"Request was throttled. Your rate limit for creating predictions is reduced to {per_minute} requests per "
        "minute with a burst of 1 requests while you have less than $5.0 in credit. "
        f"Your rate limit resets in ~{wait}s."
    )
    return problem(429, {"detail": detail, "status": 429, "retry_after": wait})


def server_error(status: int = 500) -> Response:
    """5xx: nothing reliable is known about the body, so it is no JSON at all."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Error"
    return PlainTextResponse(phrase, status_code=status)


def error_list() -> Response:
    """500 whose JSON is a list: clients that expect an object stumble over it."""
    return JSONResponse(["Internal Server Error"], status_code=500)


PREDICTION_ERRORS: dict[str, str] = {
    "PA": "Prediction interrupted; please retry (code: PA)",
    "E003": "Service is currently unavailable due to high demand. Please try again later. (E003)",
    "E004": "Service is temporarily unavailable. Please try again later. (E004)",
    "E005": "The input or output was flagged as sensitive. Please try again with different inputs. (E005)",
    "E006": "The input was invalid. Please check your inputs and try again. (E006)",
    "timeout": "Prediction timed out.",
    "empty": "",
}
ERRORS_BEFORE_START = frozenset({"E6716", "E8765", "E9243"})
"""Codes of a prediction that fails without having run: timeout starting, health checks failing, startup error."""

_SUFFIXED = frozenset({"E003", "E004", "E005", "E006"})


def prediction_error(code: str, dice: random.Random) -> str:
    """What a failed prediction says: the text of `code`, often with a random suffix; other codes are the Director's."""
    text = PREDICTION_ERRORS.get(code)
    if text is None:
        return f"Director: unexpected error handling prediction ({code})"
    if code in _SUFFIXED and dice.random() < 0.5:
        return f"{text} ({''.join(dice.choices(string.ascii_letters + string.digits, k=10))})"
    return text
