"""What the simulator knows about models: what kind of output a name promises, and which inputs some of them demand."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Output = Literal["string", "list", "object", "text", "data", "video", "none"]
OUTPUTS: tuple[Output, ...] = ("string", "list", "object", "text", "data", "video", "none")

HELLO_WORLD = "replicate/hello-world"
UNKNOWN_MODEL = "simulator/unknown"
"""The model of a version that was never named together with its model."""

_VIDEO = re.compile(
    r"video|(?<![a-z])(veo|kling|hailuo|seedance|sora|ltx|ray|wan|svd|hunyuan|animate)(?![a-z])|i2v|t2v", re.IGNORECASE
)
_TEXT = re.compile(
    r"llama|gpt|claude|gemini|mistral|mixtral|deepseek|granite|instruct|chat|llava|moondream|blip|caption|"
    r"img2prompt|interrogator|(?<![a-z])(ocr|phi|vicuna)(?![a-z])",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"flux-(schnell|dev)$|sdxl|stable-diffusion", re.IGNORECASE)


class _Input(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


class _Flux(_Input):
    prompt: str
    num_outputs: Annotated[int, Field(ge=1, le=4)] = 1
    output_format: Literal["webp", "jpg", "png"] = "webp"


class _HelloWorld(_Input):
    text: str


_INPUTS: dict[str, type[_Input]] = {
    HELLO_WORLD: _HelloWorld,
    "black-forest-labs/flux-schnell": _Flux,
    "black-forest-labs/flux-dev": _Flux,
}


def output_of(model: str, given: dict[str, Any]) -> Output:
    """The kind of output `model` (owner/name) makes of the input `given`."""
    if _VIDEO.search(model):
        return "video"
    if _TEXT.search(model):
        return "text"
    return "list" if _SEVERAL.search(model) or "num_outputs" in given else "string"


def input_faults(model: str, given: dict[str, Any]) -> list[dict[str, str]]:
    """What a model whose schema is known here has against the input, as `invalid_fields`; empty if nothing."""
    schema = _INPUTS.get(model)
    return [] if schema is None else faults_of(schema, given, at="input")


def faults_of(schema: type[BaseModel], given: Any, at: str = "") -> list[dict[str, str]]:
    """What `schema` has against `given`, in the words of Replicate's validator (gojsonschema). `at` is where it lies."""
    try:
        schema.model_validate(given)
    except ValidationError as error:
        return [_describe(dict(fault), at) for fault in error.errors()]
    return []


_EXPECTED = {
    "string_type": "string",
    "int_type": "integer",
    "bool_type": "boolean",
    "dict_type": "object",
    "model_type": "object",
    "list_type": "array",
}


def _describe(fault: dict[str, Any], at: str) -> dict[str, str]:
    where = [part for part in (at, *map(str, fault["loc"])) if part]
    parent, last = ".".join(where[:-1]) or "(root)", where[-1] if where else ""
    field = ".".join(where) or "(root)"
    context = fault.get("ctx", {})
    match fault["type"]:
        case "missing":
            return {"type": "required", "field": parent, "description": f"{last} is required"}
        case "extra_forbidden":
            text = f"Additional property {last} is not allowed"
            return {"type": "additional_property_not_allowed", "field": parent, "description": text}
        case "literal_error":
            text = f"{field} must be one of the following: {context['expected']}"
            return {"type": "enum", "field": field, "description": text}
        case "less_than_equal":
            text = f"Must be less than or equal to {context['le']}"
            return {"type": "number_lte", "field": field, "description": text}
        case "greater_than_equal":
            text = f"Must be greater than or equal to {context['ge']}"
            return {"type": "number_gte", "field": field, "description": text}
        case kind:
            text = f"Invalid type. Expected: {_EXPECTED.get(kind, 'other')}, given: {_json_type(fault['input'])}"
            return {"type": "invalid_type", "field": field, "description": text}


def _json_type(value: Any) -> str:
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "null" if value is None else "object"


def model_object(owner: str, name: str) -> dict[str, Any]:
    """A model as `GET /v1/models/{owner}/{name}` shows it. Every name is one; its only version follows from the name."""
    model = f"{owner}/{name}"
    return {
        "url": f"https://replicate.com/{model}",
        "owner": owner,
        "name": name,
        "description": f"The simulator's {name}",
        "visibility": "public",
        "github_url": None,
        "paper_url": None,
        "license_url": None,
        "run_count": 0,
        "cover_image_url": None,
        "default_example": None,
        "latest_version": version_object(model, hashlib.sha256(model.encode()).hexdigest()),
    }


def version_object(model: str, version: str) -> dict[str, Any]:
    """A model version as `GET /v1/models/{owner}/{name}/versions/{id}` shows it."""
    output: dict[str, Any] = {"title": "Output", "type": "string"}
    if output_of(model, {}) == "text":
        output = {
            "title": "Output",
            "type": "array",
            "items": {"type": "string"},
            "x-cog-array-type": "iterator",
            "x-cog-array-display": "concatenate",
        }
    schema = _INPUTS.get(model, _Input).model_json_schema()
    return {
        "id": version,
        "created_at": "2022-04-26T19:29:04.418669Z",
        "cog_version": "0.9.0",
        "openapi_schema": {
            "openapi": "3.0.2",
            "info": {"title": "Cog", "version": "0.1.0"},
            "paths": {},
            "components": {"schemas": {"Input": {**schema, "title": "Input"}, "Output": output}},
        },
    }
