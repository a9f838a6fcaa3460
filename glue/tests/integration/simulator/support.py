"""What the tests of the simulator share: constants, HTTP with a token, a receiver of webhooks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support import PATIENCE_SECONDS

SPEED = 80.0
FLUX = "black-forest-labs/flux-schnell"
VERSION = "9dcd6d78e7c6560c340d916fe32e9f24aabfa331e5cce95fe31f77fb03121426"
TEXT_MODEL = "meta/llama-2-7b-chat"
TEXT_VERSION = "13c3cdee13ee059ab779f0291d29054dab00a47dad8261375654de5540165fb0"


class Api(httpx.Client):
    """HTTP with a token; knows how to create and to wait."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(
            base_url=url, headers={"authorization": f"Bearer {token}"}, timeout=PATIENCE_SECONDS, verify=False
        )

    def create(
        self, prompt: str = "a cat", model: str = FLUX, headers: dict[str, str] | None = None, **body: Any
    ) -> httpx.Response:
        """Create on the models route; other body fields as keywords, other inputs in `input`."""
        given = {"prompt": prompt, **body.pop("input", {})}
        return self.post(f"/v1/models/{model}/predictions", json={"input": given, **body}, headers=headers)

    def show(self, prediction_id: str) -> dict[str, Any]:
        """The prediction as it is now."""
        shown: dict[str, Any] = self.get(f"/v1/predictions/{prediction_id}").json()
        return shown

    def end_of(self, prediction_id: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The prediction when it is over."""
        return self.until(prediction_id, lambda shown: "completed_at" in shown, seconds)

    def until_status(self, prediction_id: str, status: str) -> dict[str, Any]:
        """The prediction as soon as it has that status."""
        return self.until(prediction_id, lambda shown: shown["status"] == status)

    def until(
        self, prediction_id: str, seen: Callable[[dict[str, Any]], bool], seconds: float = PATIENCE_SECONDS
    ) -> dict[str, Any]:
        """The prediction as soon as `seen` holds for it."""
        shown: dict[str, Any] = {}

        def look() -> bool:
            nonlocal shown
            shown = self.show(prediction_id)
            return seen(shown)

        eventually(look, seconds)
        return shown


def eventually(happens: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """Wait until `happens()` is true and return its value; fail after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := happens():
            return value
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {seconds} s")


@dataclass
class Received:
    """One request to the receiver."""

    at: float
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        """Its JSON object."""
        body: dict[str, Any] = json.loads(self.raw)
        return body


@dataclass
class Receiver:
    """A receiver of webhooks; `answers` are the statuses of the next requests, after which it says 200."""

    url: str
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def statuses(self) -> list[str]:
        """The statuses of the predictions received, in order of arrival."""
        return [each.body["status"] for each in self.received]

    def wait_for(self, count: int, seconds: float = PATIENCE_SECONDS) -> list[Received]:
        """All received, once there are `count`."""
        eventually(lambda: len(self.received) >= count, seconds)
        return self.received
