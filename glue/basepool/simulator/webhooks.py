"""Webhooks, signed as Standard Webhooks has it; what is terminal is retried, the rest is sent once."""

from __future__ import annotations

import asyncio
import base64
import functools
import hmac
import random
import secrets
import ssl
import string
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from basepool.simulator.config import SimulatorConfig, derive_webhook_secret
from basepool.simulator.faults import Fault, FaultPlan, Scope
from basepool.simulator.raw import RawAnswers, sent
from basepool.simulator.requests import Event
from basepool.simulator.state import Prediction, now, timestamp

_ID_ALPHABET = string.ascii_letters + string.digits
_TOO_OLD = timedelta(minutes=10)  # twice the tolerance of Standard Webhooks
_THROTTLED: frozenset[Event] = frozenset({"output", "logs"})
_CONNECTIONS = 100


@functools.cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than most deliveries."""
    return httpx.create_ssl_context()


@dataclass
class Delivery:
    """One event on its way to one receiver; every attempt carries the same `webhook_id`."""

    webhook_id: str
    event: Event
    prediction_id: str
    url: str
    status: str
    """The status of the prediction at that moment."""
    body: bytes
    headers: dict[str, str]
    signed: bytes
    """The body before it was compressed."""
    attempts: list[dict[str, Any]] = field(default_factory=list)
    outcome: str = "sending"
    """sending, delivered, given up (no 2xx), or lost (on purpose)."""

    def to_json(self) -> dict[str, Any]:
        """What the operator sees of it."""
        return {
            "webhook_id": self.webhook_id,
            "event": self.event,
            "prediction_id": self.prediction_id,
            "status": self.status,
            "url": self.url,
            "outcome": self.outcome,
            "attempts": self.attempts,
        }


class WebhookSender:
    """Sends the webhooks of all predictions of one simulator. Belongs to one event loop."""

    def __init__(self, config: SimulatorConfig, faults: FaultPlan, raw: RawAnswers) -> None:
        """Nothing is opened before the first delivery."""
        self._config = config
        self._faults = faults
        self._raw = raw
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.deliveries: deque[Delivery] = deque(maxlen=config.keep_deliveries)
        self.counts: Counter[str] = Counter()

    def emit(self, prediction: Prediction, event: Event) -> None:
        """Tell the receiver of `prediction`, if it wants to hear of `event`, what the prediction looks like now."""
        request = prediction.request
        terminal = event == "completed"
        if request.webhook is None or event not in request.events:
            if terminal:
                prediction.ended_delivery.set()
            return
        if event in _THROTTLED:
            pause = self._config.webhook_throttle_seconds / self._config.speed
            if now() - prediction.last_event.get(event, 0.0) < pause:
                return
            prediction.last_event[event] = now()
        body, answer = self._raw.shown("webhook", prediction)
        wire, headers = sent(body, answer)
        delivery = Delivery(
            webhook_id="msg_" + "".join(secrets.choice(_ID_ALPHABET) for _ in range(27)),
            event=event,
            prediction_id=prediction.id,
            url=request.webhook,
            status=prediction.status,
            body=wire,
            headers=headers,
            signed=body,
        )
        self.deliveries.append(delivery)
        task = asyncio.create_task(self._deliver(prediction, delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is still to be sent."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _deliver(self, prediction: Prediction, delivery: Delivery) -> None:
        terminal = delivery.event == "completed"
        faults = self._strike(prediction, delivery.event)
        try:
            if "webhook_lost" in faults:
                self._finish(delivery, "lost")
                return
            if delay := faults.get("webhook_delay"):
                await self._sleep(delay.number(0))
            if "webhook_reorder" in faults and not terminal:
                await prediction.ended_delivery.wait()
            delivered = await self._send(prediction, delivery, faults)
            if delivered and "webhook_duplicate" in faults:
                await self._send(prediction, delivery, faults)
        finally:
            if terminal:
                prediction.ended_delivery.set()
        if terminal and not delivered:
            delivered = await self._retry(prediction, delivery, faults)
        self._finish(delivery, "delivered" if delivered else "given up")

    def _strike(self, prediction: Prediction, event: Event) -> dict[str, Fault]:
        """The faults of this delivery by name; those meant for another event are left out."""
        dice = random.Random(f"{self._config.seed}/{prediction.input_digest}/{prediction.submission}/{event}")
        struck = self._faults.several(Scope.WEBHOOK, prediction.faults, dice)
        for_all_events = ("webhook_delay",)
        return {fault.name: fault for fault in struck if fault.name in for_all_events or fault.value in (None, event)}

    async def _retry(self, prediction: Prediction, delivery: Delivery, faults: dict[str, Fault]) -> bool:
        ended = prediction.completed or now()
        for offset in self._config.webhook_retry_seconds:
            await asyncio.sleep(max(0.0, ended + offset / self._config.speed - now()))
            if await self._send(prediction, delivery, faults):
                return True
        return False

    async def _send(self, prediction: Prediction, delivery: Delivery, faults: dict[str, Fault]) -> bool:
        """One attempt. Only a 2xx counts as delivered; a redirect is not followed."""
        secret = prediction.account.webhook_secret
        if "webhook_bad_signature" in faults:
            secret = derive_webhook_secret(self._config.seed, -1)  # no account has this number
        moment = datetime.now(UTC) - (_TOO_OLD if "webhook_old" in faults else timedelta())
        headers = {
            "content-type": "application/json",
            "webhook-id": delivery.webhook_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": _sign(secret, delivery.webhook_id, moment, delivery.signed),
            **delivery.headers,
        }
        attempt: dict[str, Any] = {"at": timestamp(now()), "status": None, "error": None}
        delivery.attempts.append(attempt)
        self.counts["attempts"] += 1
        try:
            answer = await self._http().post(delivery.url, content=delivery.body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            attempt["error"] = f"{type(error).__name__}: {error}"
            return False
        attempt["status"] = answer.status_code
        return answer.is_success

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                verify=_tls(),
                timeout=self._config.webhook_timeout_seconds,
                limits=httpx.Limits(max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS),
                follow_redirects=False,
                trust_env=False,
                headers={"user-agent": "basepool-simulator"},
            )
        return self._client

    def _finish(self, delivery: Delivery, outcome: str) -> None:
        delivery.outcome = outcome
        self.counts[outcome] += 1

    async def _sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._config.speed)


def _sign(secret: str, webhook_id: str, moment: datetime, body: bytes) -> str:
    """As Standard Webhooks has it. Its library signs text only, and a body need not be any."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{webhook_id}.{int(moment.timestamp())}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


Emit = Callable[[Prediction, Event], None]
