"""Calls to Replicate: the real `replicate` client, one per token, all on one HTTP transport, every call bounded in time."""

from __future__ import annotations

import asyncio
import builtins
import functools
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlencode, urlsplit

import httpx
from pydantic import SecretStr
from replicate.client import Client

from basepool.config import Settings
from basepool.model import Lease
from basepool.redaction import describe, redact
from basepool.transport import BEFORE_WRITING, CONTENT, Transport

_CAN_STAND_IN_A_HEADER = re.compile(r"[!-~]+")
CLIENT_SECONDS = 60.0
"""How long a client is kept for its token."""


_MAX_REFUSAL = 20_000
_SAYS_NO = {401, 402, 403, 404, 410, 429}
"""What is said about a model or an account in answer to a question holds for the create, too."""


class Rejected(Exception):
    """Replicate answered, and not with success: `status` and `body`, for the database to judge. Of a long one both ends are
    kept, what no text in Postgres can hold is replaced, and so are secrets, should something in between have sent them back."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        body = redact(body)
        if len(body) > _MAX_REFUSAL:
            half = _MAX_REFUSAL // 2
            body = f"{body[:half]}\n{body[-half:]}"
        self.body = body.replace("\0", "\N{REPLACEMENT CHARACTER}")


class TransportFailed(Exception):
    """There was no answer. `unsent`: it was too late to send it, `unusable`: its token can't be sent, `connect`: no connection
    was made, and `unsendable`: no request could be made of it, so in these cases nothing happened; `timeout` and `reset`:
    nobody knows."""

    def __init__(
        self, kind: Literal["unsent", "unusable", "connect", "unsendable", "timeout", "reset"], text: str
    ) -> None:
        self.kind = kind
        self.text = redact(text)
        super().__init__(f"{kind}: {self.text}")


@dataclass
class _Answer:
    status: int | None = None
    body: bytes = b""


class _Sending:
    """A create on its way to the socket: it is written within the time of its lease, or not at all."""

    def __init__(self, lease: Lease, seconds: float) -> None:
        """`seconds`: how long the call may last, if its lease does not end before."""
        self._lease = lease
        self._seconds = seconds
        self.is_written = False
        self.limit = asyncio.timeout(lease.seconds_to_send())

    def begin(self) -> None:
        """Look at the time right before it is written: a process that slept must not send what others have taken over, nor what
        would arrive together with later ones. Raises TransportFailed."""
        if self.is_late:
            raise self.too_late()
        seconds = min(self._seconds, self._lease.seconds_left())
        self.limit.reschedule(asyncio.get_running_loop().time() + seconds)
        self.is_written = True

    def content(self, body: bytes) -> bytes:
        """The client's body with the input as the database has it, byte for byte: reading and writing it changes numbers."""
        others = {key: value for key, value in json.loads(body).items() if key != "input"}
        return f'{{"input": {self._lease.input}{", " if others else ""}{json.dumps(others)[1:]}'.encode()

    @property
    def is_late(self) -> bool:
        """Whether it must not be sent any more."""
        return self._lease.seconds_to_send() <= 0

    def too_late(self) -> TransportFailed:
        """Says that it was not sent."""
        return TransportFailed("unsent", f"{self._lease.claimed_at.elapsed():.1f} s after its claim")


_answer: ContextVar[_Answer] = ContextVar("answer")
_sending: ContextVar[_Sending | None] = ContextVar("sending", default=None)


async def _look_before_writing(request: httpx.Request) -> None:
    if sending := _sending.get():
        content = sending.content(await request.aread())
        request.headers["Content-Length"] = str(len(content))
        request.extensions = {**request.extensions, BEFORE_WRITING: sending.begin, CONTENT: content}


async def _keep_answer(response: httpx.Response) -> None:
    answer = _answer.get()
    answer.status, answer.body = response.status_code, await response.aread()


class Replicate:
    """Replicate's API with whatever token a call brings. Use as an async context manager, in one event loop."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened before the first call."""
        self._base_url = settings.replicate_base_url
        self._submit_seconds = settings.submit_timeout_seconds
        self._read_seconds = settings.read_timeout_seconds
        self._events = ["start", "completed"] if settings.webhook_start else ["completed"]
        # one pool of connections for all tokens; a client per request leaked memory
        self._transport = Transport(settings.worker_concurrency + 10)
        self._clients: dict[tuple[str, int | None], tuple[float, Client]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._clients.clear()
        await self._transport.aclose()

    async def create(self, lease: Lease, webhook_url: str | None) -> dict[str, Any]:
        """Create the prediction of `lease` and return it as Replicate sent it. Sent once and in its time, never repeated.
        Where its route is `latest`, the version is asked for before. `webhook_url`: where start and end are announced; None
        orders no webhook. Raises Rejected, TransportFailed."""
        sending = _Sending(lease, self._submit_seconds)
        if lease.input is None:
            raise TransportFailed("unsendable", lease.reason or "it has no input")
        if lease.token is None:
            raise TransportFailed("unusable", lease.reason or "it has no secret")
        if sending.is_late:
            raise sending.too_late()
        client = self._client(lease.token, lease.cancel_after_seconds)
        # the input takes its place right before it is sent (_Sending.content)
        body: dict[str, Any] = {"input": {}}
        if webhook_url:
            body |= {"webhook": webhook_url, "webhook_events_filter": self._events}
        version = lease.target
        if lease.route == "latest":
            version = await self._latest_version(lease, lease.token, sending)
        creates: dict[str, Callable[[], Awaitable[Any]]] = {
            "models": lambda: client.models.predictions.async_create(model=lease.target, **body),
            "predictions": lambda: client.predictions.async_create(version=version, **body),
            "deployments": lambda: client.deployments.predictions.async_create(deployment=lease.target, **body),
        }
        reset = _sending.set(sending)
        try:
            return await self._call(creates["predictions" if lease.route == "latest" else lease.route], sending.limit)
        except TransportFailed as error:
            if sending.is_written:
                raise error if error.kind != "unsendable" else TransportFailed("reset", error.text) from None
            if error.kind == "unsendable":
                raise
            if error.kind == "timeout" or sending.is_late:
                raise sending.too_late() from None
            raise TransportFailed("connect", error.text) from None
        except Exception as error:
            if sending.is_written:
                raise
            raise TransportFailed("unsendable", type(error).__name__) from error
        finally:
            _sending.reset(reset)

    async def _latest_version(self, lease: Lease, token: SecretStr, sending: _Sending) -> str:
        """The version that the name of a community model stands for now. Raises Rejected where Replicate says that there is
        none, or that the account may not ask; TransportFailed, whose create was never sent, for anything else."""
        client = self._client(token)
        try:
            model = await self._call(
                lambda: client.models.async_get(lease.target), asyncio.timeout(max(0.001, lease.seconds_to_send()))
            )
        except Rejected as error:
            if error.status in _SAYS_NO:
                raise
            raise TransportFailed("connect", f"HTTP {error.status} when asked for the latest version") from None
        except TransportFailed as error:
            if sending.is_late:
                raise sending.too_late() from None
            raise TransportFailed("connect", error.text) from None
        latest = model.get("latest_version")
        version = latest.get("id") if isinstance(latest, dict) else None
        if model.get("is_official") is True or not isinstance(version, str):
            raise Rejected(404, "the model has no version that could be sent")
        return f"{lease.target}:{version}"

    async def get(self, token: SecretStr, prediction_id: str) -> dict[str, Any]:
        """The prediction as it is now. `token` must be of its account. Raises Rejected, TransportFailed."""
        client = self._client(token)
        return await self._read(lambda: client.predictions.async_get(prediction_id))

    async def list(
        self, token: SecretStr, created_after: datetime, created_before: datetime
    ) -> AsyncIterator[builtins.list[dict[str, Any]]]:
        """The predictions of the token's account created within these times, newest first, a page at a time. Raises Rejected,
        TransportFailed."""
        client = self._client(token)
        # relative, so that the token goes nowhere else whatever `next` names
        path = "/v1/predictions"
        query = urlencode({"created_after": created_after.isoformat(), "created_before": created_before.isoformat()})
        while True:
            cursor = f"{path}?{query}"
            page = await self._read(functools.partial(client.predictions.async_list, cursor))
            results, following = page.get("results"), page.get("next")
            if not isinstance(results, builtins.list) or not isinstance(following, str | None):
                raise TransportFailed("reset", "HTTP 200 without a page of predictions")
            yield results
            if not following:
                return
            query = urlsplit(following).query

    async def cancel(self, token: SecretStr, prediction_id: str) -> dict[str, Any]:
        """Cancel a prediction and return it. `token` must be of its account. Raises Rejected, TransportFailed."""
        client = self._client(token)
        return await self._read(lambda: client.predictions.async_cancel(prediction_id))

    async def account(self, token: SecretStr) -> dict[str, Any]:
        """Whose token it is: username, type (user or organization). Raises Rejected, TransportFailed."""
        client = self._client(token)
        return await self._read(client.accounts.async_current)

    async def webhook_secret(self, token: SecretStr) -> str:
        """The secret (whsec_…) that signs the webhooks of the token's account. Raises Rejected, TransportFailed."""
        client = self._client(token)
        answer = await self._read(client.webhooks.default.async_secret)
        return str(answer["key"])

    def _client(self, token: SecretStr, cancel_after: int | None = None) -> Client:
        secret = token.get_secret_value()
        if not _CAN_STAND_IN_A_HEADER.fullmatch(secret):
            # for an empty one the client would silently take REPLICATE_API_TOKEN instead
            raise TransportFailed("unusable", "its secret can't stand in a header")
        now = time.monotonic()
        self._clients = {key: kept for key, kept in self._clients.items() if kept[0] > now}
        key = (secret, cancel_after)
        if key not in self._clients:
            # a dict of its own: clients that share one would all use the first token
            headers = {"Authorization": f"Bearer {secret}"}
            if cancel_after is not None:
                # the client knows no other way to send this header
                headers["Cancel-After"] = f"{cancel_after}s"
            client = Client(
                api_token=secret,
                base_url=self._base_url,
                transport=self._transport,
                headers=headers,
                # The client's models drop retry_after and data_removed, and raise on a status such as aborted: what
                # counts is the answer itself, which this hook keeps.
                event_hooks={"request": [_look_before_writing], "response": [_keep_answer]},
                trust_env=False,
            )
            self._clients[key] = (now + CLIENT_SECONDS, client)
        return self._clients[key][1]

    async def _read(self, request: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
        return await self._call(request, asyncio.timeout(self._read_seconds))

    async def _call(self, request: Callable[[], Awaitable[Any]], limit: asyncio.Timeout) -> dict[str, Any]:
        began = time.monotonic()
        answer = _Answer()
        reset = _answer.set(answer)
        try:
            # the client passes timeout=None to creates, and repeats a GET for up to 51 seconds
            async with limit:
                await request()
        except TimeoutError:
            if answer.status is None:
                raise TransportFailed("timeout", f"no answer within {time.monotonic() - began:.1f} s") from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise TransportFailed("connect", describe(error)) from None
        except httpx.TimeoutException as error:
            raise TransportFailed("timeout", describe(error)) from None
        except httpx.LocalProtocolError as error:
            raise TransportFailed("unsendable", type(error).__name__) from None
        except httpx.TransportError as error:
            raise TransportFailed("reset", describe(error)) from None
        except Exception as error:
            # the client could not make sense of the answer; the answer is judged below, without it
            if answer.status is None:
                # a fault of ours, such as a URL that is too long; its text may quote a header, and with it the token
                raise TransportFailed("unsendable", f"{type(error).__name__} before there was an answer") from None
        finally:
            _answer.reset(reset)
        if answer.status is None:
            raise TransportFailed("reset", "the connection ended without an answer")
        text = answer.body.decode("utf-8", "replace")
        if answer.status >= 300:
            raise Rejected(answer.status, text)
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            # accepted, but what was accepted can't be read: the same as no answer
            raise TransportFailed("reset", f"HTTP {answer.status} without a JSON object")
        return value
