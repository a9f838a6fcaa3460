"""What a create asks for: its body, checked as the OpenAPI document has it, and its headers."""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from basepool.simulator import errors
from basepool.simulator.models import faults_of

Event = Literal["start", "output", "logs", "completed"]
DEFAULT_EVENTS: frozenset[Event] = frozenset({"output", "completed"})
"""Sent when no filter is given: "whenever there are new outputs or the prediction has finished"."""

_MODEL = re.compile(r"^(?P<model>[^/:\s]+/[^/:\s]+)(:(?P<version>[0-9a-f]{64}))?$")
_VERSION = re.compile(r"^[0-9a-f]{64}$")
_PREFER = re.compile(r"^wait(?:=([1-9][0-9]?))?$")
_DURATION = re.compile(r"^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$")
_LONGEST_WAIT = 60
_SHORTEST_LIFE = 5


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    input: dict[str, Any]
    webhook: str | None = None
    webhook_events_filter: list[Event] | None = None
    stream: bool | None = None


class _VersionBody(_Body):
    version: str


@dataclass(frozen=True)
class CreateRequest:
    """A create that is well formed. `wait` (seconds of the wall clock) and `cancel_after` (seconds) are None if absent;
    `is_official`: it came by the route of official models."""

    model: str | None
    version: str
    input: dict[str, Any]
    webhook: str | None
    events: frozenset[Event]
    deployment: str | None
    is_official: bool
    wait: float | None
    cancel_after: float | None


def parse_create(
    raw: bytes,
    *,
    model: str | None,
    deployment: str | None,
    prefer: str | None,
    cancel_after: str | None,
    http_webhooks: Literal["never", "loopback", "any"],
) -> CreateRequest:
    """Read the body `raw` and the headers of a create on the route of `model`, of `deployment`, or (neither) of versions.

    Raises errors.ApiError with the 422 that Replicate would answer."""
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise errors.ApiError(errors.invalid_field("invalid_type", "(root)", "Invalid JSON")) from None
    with_version = model is None and deployment is None
    if faults := faults_of(_VersionBody if with_version else _Body, body):
        raise errors.ApiError(errors.invalid_fields(faults))
    webhook = body.get("webhook")
    if webhook is not None and not _may_be_called(webhook, http_webhooks):
        raise errors.ApiError(errors.invalid_field("format", "webhook", "Must be an HTTPS URL"))
    version = "hidden"
    if with_version:
        model, version = _parse_version(body["version"])
    events = body.get("webhook_events_filter")
    return CreateRequest(
        model=model,
        version=version,
        input=body["input"],
        webhook=webhook,
        events=DEFAULT_EVENTS if events is None else frozenset(events),
        deployment=deployment,
        is_official=not with_version and deployment is None,
        wait=parse_prefer(prefer),
        cancel_after=None if cancel_after is None else parse_cancel_after(cancel_after),
    )


def parse_prefer(header: str | None) -> float | None:
    """Seconds to wait for the output: `wait` is 60, `wait=n` is n; None for anything else."""
    match = _PREFER.match(header or "")
    if match is None:
        return None
    return float(min(int(match[1] or _LONGEST_WAIT), _LONGEST_WAIT))


def parse_cancel_after(header: str) -> float:
    """Seconds of `30`, `30s`, `5m` or `1h30m45s`. Raises errors.ApiError (422) below 5 s or for anything else."""
    match = _DURATION.match(header)
    if match is None or not any(match.groups()):
        raise errors.ApiError(errors.invalid_field("format", "Cancel-After", "Must be a duration such as 30s or 5m"))
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    total = hours * 3600 + minutes * 60 + seconds
    if total < _SHORTEST_LIFE:
        raise errors.ApiError(errors.invalid_field("number_gte", "Cancel-After", "Must be at least 5 seconds"))
    return float(total)


def _parse_version(version: str) -> tuple[str | None, str]:
    """Model (None if not named) and version ("hidden" if not named) of the three forms a version may have."""
    if _VERSION.match(version):
        return None, version
    match = _MODEL.match(version)
    if match is None:
        raise errors.ApiError(errors.invalid_version())
    return match["model"], match["version"] or "hidden"


def _may_be_called(url: str, http_webhooks: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host:
        return False
    if parts.scheme == "https":
        return True
    if parts.scheme != "http" or http_webhooks == "never":
        return False
    if http_webhooks == "any" or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
