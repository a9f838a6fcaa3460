"""Calls to Replicate: the real `replicate` client, one per token, all on one HTTP transport, every call bounded in time."""

from __future__ import annotations

import asyncio
import builtins
import functools
import json
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlencode, urlsplit

import httpx
from pydantic import SecretStr
from replicate.client import Client

from basepool import documents, skim
from basepool.config import Settings
from basepool.documents import Document
from basepool.metrics import observe_request
from basepool.model import Lease
from basepool.redaction import describe, redact
from basepool.transport import BEFORE_WRITING, CONTENT, MAX_ANSWER_BYTES, READ_WITH, Reader, TooLarge, Transport

MAX_DOCUMENT_BYTES = 3 * MAX_ANSWER_BYTES
"""How much is read of one document. What is beyond MAX_ANSWER_BYTES costs its largest members."""
MAX_PAGE_BYTES = 500_000_000
"""How much is read of one page of a list; it is never held."""
_BATCH_BYTES = 4_000_000
_BATCH_ITEMS = 25

_ACCOUNT_KINDS = ("user", "organization")
_CAN_STAND_IN_A_HEADER = re.compile(r"[!-~]+")
CLIENT_SECONDS = 60.0
"""How long a client is kept for its token."""


_MAX_REFUSAL = 20_000
_LONGEST_SECRET = 1_000
_SAYS_NO = {401, 402, 403, 404, 410, 429}
"""What is said about a model or an account in answer to a question holds for the create, too."""


class Rejected(Exception):
    """Replicate answered, and not with success: `status` and `body`, for the database to judge. Of a long one both ends are
    kept, what no text in Postgres can hold is replaced, and so are secrets, should something in between have sent them back."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        if len(body) <= _MAX_REFUSAL:
            body = redact(body)
        else:
            half = _MAX_REFUSAL // 2
            # a secret may lie where it is cut
            body = f"{redact(body[: half + _LONGEST_SECRET])[:half]}\n{redact(body[-half - _LONGEST_SECRET :])[-half:]}"
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


class _DocumentReader:
    """Holds what is of an ordinary size, and of what is larger what still has room."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._size = 0
        self.skimmed: skim.Object | None = None

    async def feed(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > MAX_DOCUMENT_BYTES:
            raise TooLarge("the answer is too large")
        if self.skimmed is None and self._size > MAX_ANSWER_BYTES:
            self.skimmed = skim.Object(MAX_ANSWER_BYTES)
            self.skimmed.feed(bytes(self._held))
            self._held.clear()
        if self.skimmed is None:
            self._held += data
        else:
            self.skimmed.feed(data)

    def body(self) -> bytes:
        return b"{}" if self.skimmed else bytes(self._held)


class _PageReader:
    """Hands on what is on a page as it comes in; the next piece is read when that is dealt with."""

    def __init__(self, hand_on: Callable[[builtins.list[Document]], Awaitable[None]]) -> None:
        self._hand_on = hand_on
        self._page = skim.Page(b'"results"', documents.MAX_ITEM_BYTES)
        self._size = 0
        self._batch: builtins.list[Document] = []
        self._batch_bytes = 0

    async def feed(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > MAX_PAGE_BYTES:
            raise TooLarge("the page is too large")
        self._page.feed(data)
        for members in self._page.elements():
            self._batch.append(documents.item(members))
            self._batch_bytes += members.size
            if self._batch_bytes >= _BATCH_BYTES or len(self._batch) >= _BATCH_ITEMS:
                await self._flush()
        if self._page.is_over:
            await self._flush()

    def body(self) -> bytes:
        """The page without what was on it. What is no page at all stays what it is for whoever judges it."""
        if not self._page.has_list or not self._page.is_over:
            return b"[]"
        members = b", ".join(key + b": " + value for key, value in self._page.rest.found)
        return b"{" + members + b"}"

    async def _flush(self) -> None:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        if batch:
            await self._hand_on(batch)


@dataclass(frozen=True)
class Batch:
    """Some of the predictions on one page of a list, in their order, and whether they are the first of it."""

    predictions: builtins.list[Document]
    begins_page: bool


_answer: ContextVar[_Answer] = ContextVar("answer")
_sending: ContextVar[_Sending | None] = ContextVar("sending", default=None)
_reading: ContextVar[Callable[[], Reader]] = ContextVar("reading")


async def _tell_transport(request: httpx.Request) -> None:
    extensions: dict[str, Any] = {READ_WITH: _reading.get()}
    if sending := _sending.get():
        content = sending.content(await request.aread())
        request.headers["Content-Length"] = str(len(content))
        extensions |= {BEFORE_WRITING: sending.begin, CONTENT: content}
    request.extensions = {**request.extensions, **extensions}


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

    async def create(self, lease: Lease, webhook_url: str | None) -> Document:
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
            create = creates["predictions" if lease.route == "latest" else lease.route]
            return await self._call("create", create, sending.limit)
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
                "version",
                lambda: client.models.async_get(lease.target),
                asyncio.timeout(max(0.001, lease.seconds_to_send())),
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

    async def get(self, token: SecretStr, prediction_id: str) -> Document:
        """The prediction as it is now. `token` must be of its account. Raises Rejected, TransportFailed."""
        client = self._client(token)
        return await self._read("get", lambda: client.predictions.async_get(prediction_id))

    async def list(
        self, token: SecretStr, created_after: datetime, created_before: datetime
    ) -> AsyncGenerator[Batch, None]:
        """The predictions of the token's account created within these times, newest first, some at a time. What can't be read
        of one is missing of that one only, and said in it. Raises Rejected, TransportFailed."""
        client = self._client(token)
        # relative, so that the token goes nowhere else whatever `next` names
        path = "/v1/predictions"
        query = urlencode({"created_after": created_after.isoformat(), "created_before": created_before.isoformat()})
        while True:
            cursor = f"{path}?{query}"
            batches: asyncio.Queue[Batch | None] = asyncio.Queue()
            reading = asyncio.create_task(self._read_page(client, cursor, batches))
            reading.add_done_callback(functools.partial(_end, batches))
            try:
                while (batch := await batches.get()) is not None:
                    yield batch
                    batches.task_done()
                page = await reading
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
            following = page.get("next")
            if not isinstance(page.get("results"), builtins.list) or not isinstance(following, str | None):
                raise TransportFailed("reset", "HTTP 200 without a page of predictions")
            if not following:
                return
            try:
                query = urlsplit(following).query
            except ValueError:
                raise TransportFailed("reset", "HTTP 200 with a link that can't be read") from None

    async def _read_page(self, client: Client, cursor: str, batches: asyncio.Queue[Batch | None]) -> Document:
        """Put what is on a page into `batches`, each when the last one is done with; returns the rest of the page."""
        limit = asyncio.timeout(self._read_seconds)
        begins_page = True

        async def hand_on(predictions: builtins.list[Document]) -> None:
            nonlocal begins_page
            # what the reader of it does takes no time from the call
            limit.reschedule(None)
            batches.put_nowait(Batch(predictions, begins_page))
            begins_page = False
            await batches.join()
            limit.reschedule(asyncio.get_running_loop().time() + self._read_seconds)

        return await self._call(
            "list",
            functools.partial(client.predictions.async_list, cursor),
            limit,
            functools.partial(_PageReader, hand_on),
        )

    async def cancel(self, token: SecretStr, prediction_id: str) -> Document:
        """Cancel a prediction and return it. `token` must be of its account. Raises Rejected, TransportFailed."""
        client = self._client(token)
        return await self._read("cancel", lambda: client.predictions.async_cancel(prediction_id))

    async def account(self, token: SecretStr) -> Document:
        """Whose token it is: username, type (user or organization). Raises Rejected, TransportFailed."""
        client = self._client(token)
        answer = await self._read("account", client.accounts.async_current)
        username = answer.get("username")
        # nobody is called like a secret, and names are shown
        if not isinstance(username, str) or not username.strip() or redact(username) != username:
            raise TransportFailed("reset", "HTTP 200 without the name of an account")
        if answer.get("type") not in _ACCOUNT_KINDS:
            answer["type"] = None
        return answer

    async def webhook_secret(self, token: SecretStr) -> str:
        """The secret (whsec_…) that signs the webhooks of the token's account. Raises Rejected, TransportFailed."""
        client = self._client(token)
        answer = await self._read("secret", client.webhooks.default.async_secret)
        if not isinstance(key := answer.get("key"), str):
            raise TransportFailed("reset", "HTTP 200 without a webhook secret")
        return key

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
                event_hooks={"request": [_tell_transport], "response": [_keep_answer]},
                trust_env=False,
            )
            self._clients[key] = (now + CLIENT_SECONDS, client)
        return self._clients[key][1]

    async def _read(self, name: str, request: Callable[[], Awaitable[Any]]) -> Document:
        return await self._call(name, request, asyncio.timeout(self._read_seconds))

    async def _call(
        self,
        name: str,
        request: Callable[[], Awaitable[Any]],
        limit: asyncio.Timeout,
        read_with: Callable[[], Reader] | None = None,
    ) -> Document:
        began = time.monotonic()
        answer = _Answer()
        whole = _DocumentReader()
        reset = _answer.set(answer)
        reset_reading = _reading.set(read_with or (lambda: whole))
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
            _reading.reset(reset_reading)
            _answer.reset(reset)
            observe_request(name, answer.status, time.monotonic() - began)
        if answer.status is None:
            raise TransportFailed("reset", "the connection ended without an answer")
        if answer.status >= 300:
            raise Rejected(answer.status, answer.body.decode("utf-8", "replace"))
        try:
            return documents.of_members(whole.skimmed) if whole.skimmed else documents.read(answer.body)
        except documents.Unreadable as error:
            # accepted, but what was accepted can't be read: the same as no answer
            raise TransportFailed("reset", f"HTTP {answer.status} without a JSON object: {error}") from None


def _end(batches: asyncio.Queue[Batch | None], _: asyncio.Task[Document]) -> None:
    batches.put_nowait(None)
