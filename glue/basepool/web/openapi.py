"""The routes as OpenAPI, for /openapi.json: written from the one table of routes in `basepool.web.app`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_DIALECT = "3.1.0"
_REFUSAL = {
    "type": "object",
    "required": ["code", "message", "hint"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "string", "pattern": "^(PT|TP)[0-9]{3}$", "description": "stable, see docs/errors.md"},
        "message": {"type": "string", "description": "what was wrong"},
        "hint": {"type": "string", "description": "what to do"},
    },
}


@dataclass(frozen=True)
class Answer:
    """What a status means. Without a schema of its own it is a refusal: code, message, hint."""

    description: str
    schema: Mapping[str, Any] | None = None
    headers: tuple[str, ...] = ()
    """Names of headers that may be there."""
    media_type: str = "application/json"
    """Of its body; empty where it has none."""


@dataclass(frozen=True)
class Parameter:
    """What the URL or the head has to say."""

    name: str
    place: str
    """query, path or header."""
    schema: Mapping[str, Any]
    is_required: bool = True


@dataclass(frozen=True)
class Door:
    """A route and all that is to be said of it."""

    path: str
    methods: Sequence[str]
    endpoint: Callable[[Request], Awaitable[Response]]
    summary: str
    answers: Mapping[int, Answer]
    parameters: Sequence[Parameter] = ()
    body: Mapping[str, Any] | None = None
    """The schema of a JSON body, where one is read."""
    secret: str | None = None
    """The variable that has the bearer secret."""

    def route(self) -> Route:
        """As the application needs it."""
        return Route(self.path, self.endpoint, methods=list(self.methods))


def describe(doors: Sequence[Door]) -> dict[str, Any]:
    """The OpenAPI document of all `doors`."""
    return {
        "openapi": _DIALECT,
        "info": {
            "title": "basepool serve",
            "version": version("basepool"),
            "description": "Receives Replicate's webhooks, database webhooks and cron calls; hands out files that are kept.",
        },
        "paths": {door.path: {method.lower(): _operation(door, method) for method in door.methods} for door in doors},
        "components": {
            "schemas": {"Refusal": _REFUSAL},
            "securitySchemes": {
                door.secret: {"type": "http", "scheme": "bearer", "description": f"the value of {door.secret}"}
                for door in doors
                if door.secret
            },
        },
    }


def _operation(door: Door, method: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": "_".join([method.lower(), *re.findall(r"\w+", door.path)]),
        "summary": door.summary,
        "parameters": [
            {"name": each.name, "in": each.place, "required": each.is_required, "schema": dict(each.schema)}
            for each in door.parameters
        ],
        "responses": {str(status): _answer(answer) for status, answer in door.answers.items()},
    }
    if door.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": dict(door.body)}}}
    if door.secret:
        operation["security"] = [{door.secret: []}]
    return operation


def _answer(answer: Answer) -> dict[str, Any]:
    schema = dict(answer.schema) if answer.schema is not None else {"$ref": "#/components/schemas/Refusal"}
    described: dict[str, Any] = {"description": answer.description}
    if answer.media_type:
        described["content"] = {answer.media_type: {"schema": schema}}
    if answer.headers:
        described["headers"] = {name: {"required": False, "schema": {"type": "string"}} for name in answer.headers}
    return described
