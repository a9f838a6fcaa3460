"""Replicate's OpenAPI document as a judge of answers and requests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

import basepool.simulator

_DOCUMENT: dict[str, Any] = json.loads(
    (Path(basepool.simulator.__file__).parent / "replicate-openapi.json").read_text()
)


def _as_meant(node: Any) -> Any:
    """The document calls itself 3.1, whose schemas are JSON Schema 2020-12, but writes two things in the way of 3.0:
    `nullable: true`, and a `oneOf` of string and enum "hidden" that "hidden" itself could never satisfy."""
    if isinstance(node, list):
        return [_as_meant(each) for each in node]
    if not isinstance(node, dict):
        return node
    node = {key: _as_meant(value) for key, value in node.items()}
    if node.pop("nullable", False) is True:
        node["type"] = [node["type"], "null"]
    if isinstance(node.get("oneOf"), list):
        node["anyOf"] = node.pop("oneOf")
    return node


_MEANT = _as_meant(_DOCUMENT)


def _check(schema: dict[str, Any], value: Any) -> None:
    rooted = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": _MEANT["components"], **schema}
    validator = Draft202012Validator(rooted, format_checker=Draft202012Validator.FORMAT_CHECKER)
    faults = [f"{list(fault.absolute_path)}: {fault.message}" for fault in validator.iter_errors(value)]
    assert not faults, faults


def check_answer(path: str, answer: httpx.Response) -> Any:
    """Assert that `answer` is what the document promises for its method on `path` (a template); returns its JSON."""
    operation = _MEANT["paths"][path][answer.request.method.lower()]
    promised = operation["responses"]
    assert str(answer.status_code) in promised, (answer.status_code, answer.text)
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    _check(promised[str(answer.status_code)]["content"]["application/json"]["schema"], body)
    return body


def check_prediction(value: Any) -> None:
    """Assert that `value` is a prediction object."""
    _check({"$ref": "#/components/schemas/schemas_prediction_response"}, value)


def is_request(path: str, body: Any) -> bool:
    """Whether the document allows `body` in a POST to `path` (a template)."""
    schema = _MEANT["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    try:
        _check(schema, body)
    except AssertionError:
        return False
    return True
