"""The real `replicate` client against the simulator: every call is bounded, every failure has its kind, no token strays."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from uuid import uuid4

import pytest
from pydantic import SecretStr

from basepool.config import Settings
from basepool.model import Lease, Moment
from basepool.replicate import Rejected, Replicate, TransportFailed
from basepool.simulator import SimulatorServer
from dev.devserver import reserved_port
from tests.support import PATIENCE_SECONDS


@pytest.fixture
async def client(replicate: SimulatorServer) -> AsyncIterator[Replicate]:
    async with Replicate(Settings(replicate_base_url=replicate.url, read_timeout_seconds=PATIENCE_SECONDS)) as client:
        yield client


def _lease(
    token: str,
    prompt: str = "a cat",
    *,
    input: str | None = None,
    route: str = "models",
    target: str = "acme/painter",
    seconds: int = 60,
    send_within: float = 60,
    claimed_at: Moment | None = None,
) -> Lease:
    return Lease(
        attempt_id=uuid4(),
        generation_id=uuid4(),
        attempt_no=1,
        token_id=1,
        account_id=1,
        token=SecretStr(token),
        route=route,  # type: ignore[arg-type]
        target=target,
        input=json.dumps({"prompt": prompt}) if input is None else input,
        reason=None,
        cancel_after_seconds=1800,
        submit_timeout_seconds=seconds,
        send_within_seconds=send_within,
        claimed_at=claimed_at or Moment(),
    )


@pytest.mark.parametrize(
    ("route", "target"),
    [
        ("models", "acme/painter"),
        ("predictions", "acme/painter:" + "0a" * 32),
        ("predictions", "0b" * 32),
        ("deployments", "acme/fast"),
    ],
)
async def test_a_prediction_is_made_read_and_cancelled(
    client: Replicate, replicate: SimulatorServer, route: str, target: str
) -> None:
    token = replicate.tokens[0]
    made = await client.create(_lease(token, "slow [sim:stuck_processing]", route=route, target=target), None)
    assert made["status"] == "starting"
    assert (await client.get(SecretStr(token), made["id"]))["id"] == made["id"]
    cancelled = await client.cancel(SecretStr(token), made["id"])
    assert cancelled["status"] in {"canceled", "aborted"}
    # the answer as it is, with what the client's own models drop
    assert "deadline" in made or "data_removed" in made


async def test_the_account_and_its_secret_are_known(client: Replicate, replicate: SimulatorServer) -> None:
    [first, *_] = replicate.state()["accounts"]
    token = SecretStr(first["tokens"][0]["token"])
    assert (await client.account(token))["username"] == first["username"]
    assert await client.webhook_secret(token) == first["webhook_secret"]


async def test_each_token_is_its_own(client: Replicate, replicate: SimulatorServer) -> None:
    """Clients that share a dictionary of headers would all use the first token."""
    names = [(await client.account(SecretStr(token)))["username"] for token in (*replicate.tokens, *replicate.tokens)]
    assert names == ["sim-1", "sim-2", "sim-3"] * 2


async def test_a_foreign_token_does_not_find_it(client: Replicate, replicate: SimulatorServer) -> None:
    made = await client.create(_lease(replicate.tokens[0]), None)
    with pytest.raises(Rejected) as caught:
        await client.get(SecretStr(replicate.tokens[1]), made["id"])
    assert caught.value.status == 404


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("unauthorized", 401),
        ("insufficient_credit", 402),
        ("blocked", 403),
        ("not_found", 404),
        ("invalid_input", 422),
        ("throttled=7", 429),
        ("server_error=503", 503),
        ("error_list", None),
    ],
)
async def test_a_refusal_is_kept_with_its_body(
    client: Replicate, replicate: SimulatorServer, fault: str, status: int | None
) -> None:
    with pytest.raises(Rejected) as caught:
        await client.create(_lease(replicate.tokens[0], f"x [sim:{fault}]"), None)
    assert status is None or caught.value.status == status
    assert caught.value.body
    if fault.startswith("throttled"):
        assert "resets in ~7s" in caught.value.body
    assert replicate.stats(predictions=False)["totals"]["charged"] == 0


@pytest.mark.parametrize("fault", ["hang_before_create", "hang_after_create"])
async def test_a_call_that_hangs_ends_in_its_time(client: Replicate, replicate: SimulatorServer, fault: str) -> None:
    # the client itself would wait for ever: the bound is ours
    with pytest.raises(TransportFailed) as caught:
        await client.create(_lease(replicate.tokens[0], f"x [sim:{fault}]", seconds=5), None)
    assert caught.value.kind == "timeout"


@pytest.mark.parametrize("slept", [False, True], ids=["the machine was busy", "the machine slept"])
async def test_what_is_late_is_not_sent(client: Replicate, replicate: SimulatorServer, slept: bool) -> None:
    claimed_at = Moment(wall=time.time() - 61) if slept else Moment(monotonic=time.monotonic() - 61)
    with pytest.raises(TransportFailed) as caught:
        await client.create(_lease(replicate.tokens[0], seconds=600, claimed_at=claimed_at), None)
    assert caught.value.kind == "unsent"
    assert str(caught.value).startswith("unsent: ")
    assert replicate.stats(predictions=False)["totals"]["creates"] == 0


@dataclass(frozen=True)
class _Stumbles(Moment):
    """A moment of a process that stops when it is asked for the time for the `looks`-th time, and goes on ten seconds later."""

    looks: Iterator[int] = field(default_factory=lambda: iter(()))

    def elapsed(self) -> float:
        return 0 if next(self.looks, None) else 10


async def test_the_last_look_at_the_clock_is_right_before_it_is_written(
    client: Replicate, replicate: SimulatorServer
) -> None:
    """However early it stops, it is not sent; and once it is sent, its time to send it no longer matters."""
    kinds: list[str] = []
    for looks in range(1, 20):
        lease = _lease(replicate.tokens[0], send_within=5, claimed_at=_Stumbles(looks=iter(range(1, looks + 1))))
        try:
            await client.create(lease, None)
        except TransportFailed as error:
            kinds.append(error.kind)
        else:
            kinds.append("sent")
        # a connection that is never given back would be lost to all later calls
        connections = client._transport.opened().connector
        assert connections
        assert not connections._acquired
        sent = kinds.count("sent")
        assert replicate.stats(predictions=False)["totals"]["creates"] == sent
        if sent:
            break
    assert kinds[-1] == "sent"
    assert set(kinds[:-1]) == {"unsent"}
    assert len(kinds) >= 3


async def test_where_connecting_takes_too_long_nothing_was_sent() -> None:
    """A server so busy that it takes no more connections: the rest of the call's time could not be used any more."""
    with contextlib.ExitStack() as full:
        listener = full.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = listener.getsockname()[1]
        for _ in range(10):
            waiting = full.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        async with Replicate(Settings(replicate_base_url=f"http://127.0.0.1:{port}")) as client:
            with pytest.raises(TransportFailed) as caught:
                await client.create(_lease("r8_token_number_1", seconds=600, send_within=0.5), None)
    assert caught.value.kind == "unsent"


async def test_an_answer_may_take_longer_than_sending(client: Replicate, replicate: SimulatorServer) -> None:
    made = await client.create(_lease(replicate.tokens[0], "x [sim:slow=6]", send_within=5), None)
    assert made["id"]


@pytest.mark.parametrize("fault", ["reset_before_create", "reset_after_create"])
async def test_a_connection_that_is_reset_says_nothing_about_the_prediction(
    client: Replicate, replicate: SimulatorServer, fault: str
) -> None:
    with pytest.raises(TransportFailed) as caught:
        await client.create(_lease(replicate.tokens[0], f"x [sim:{fault}]"), None)
    assert caught.value.kind == "reset"


async def test_where_nobody_listens_nothing_was_sent() -> None:
    with reserved_port() as port:
        async with Replicate(Settings(replicate_base_url=f"http://127.0.0.1:{port}")) as client:
            with pytest.raises(TransportFailed) as caught:
                await client.create(_lease("r8_token_number_1"), None)
    assert caught.value.kind == "connect"
    assert "r8_token_number_1" not in str(caught.value)


async def test_a_read_that_hangs_ends_in_its_time(client: Replicate, replicate: SimulatorServer) -> None:
    made = await client.create(_lease(replicate.tokens[0], "x [sim:read_hang]"), None)
    async with Replicate(Settings(replicate_base_url=replicate.url, read_timeout_seconds=1)) as hurried:
        with pytest.raises(TransportFailed):
            await hurried.get(SecretStr(replicate.tokens[0]), made["id"])


async def test_a_create_is_sent_once_whatever_comes_back(client: Replicate, replicate: SimulatorServer) -> None:
    for fault in ("server_error_after_create=503", "reset_after_create"):
        with pytest.raises((Rejected, TransportFailed)):
            await client.create(_lease(replicate.tokens[0], f"x [sim:{fault}]"), None)
    assert replicate.stats(predictions=False)["totals"]["creates"] == 2


async def test_a_client_is_kept_for_its_token_and_let_go_after_a_minute(
    client: Replicate, replicate: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (SecretStr(token) for token in replicate.tokens[:2])
    kept = client._client(first)
    assert client._client(first) is kept
    other = client._client(second)
    assert other is not kept
    assert other._client_kwargs["transport"] is kept._client_kwargs["transport"]
    now = time.monotonic()
    monkeypatch.setattr("basepool.replicate.time.monotonic", lambda: now + 59)
    assert client._client(first) is kept
    monkeypatch.setattr("basepool.replicate.time.monotonic", lambda: now + 61)
    assert client._client(first) is not kept
    assert len(client._clients) == 1


async def test_an_empty_token_does_not_fall_back_to_the_environment(
    client: Replicate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPLICATE_API_TOKEN", "r8_somebody_elses")
    with pytest.raises(TransportFailed, match="unusable: its secret can't stand in a header"):
        await client.account(SecretStr(""))


async def test_what_is_no_json_object_is_no_answer() -> None:
    """A proxy in between that says 200 and something else."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\nconnection: close\r\n\r\nOK")
            connection.close()

        threading.Thread(target=answer, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with Replicate(Settings(replicate_base_url=url)) as client:
            with pytest.raises(TransportFailed) as caught:
                await client.create(_lease("r8_token_number_1"), None)
    assert caught.value.kind == "reset"


@pytest.mark.parametrize(
    "input",
    [
        "{}",
        '{"strength": 0.33333333333333333333, "seed": 12345678901234567890123, "b": 1.10}',
        '{"prompt": "кошка 猫 \\"}, \\u0001 {\\"input\\": 1}"}',
    ],
)
@pytest.mark.parametrize("webhook", [None, "https://example.com/webhooks/replicate?attempt=1"])
@pytest.mark.parametrize(
    ("route", "target"), [("models", "acme/painter"), ("predictions", "0b" * 32), ("deployments", "acme/fast")]
)
async def test_the_input_is_sent_byte_for_byte(route: str, target: str, webhook: str | None, input: str) -> None:
    """The client makes the request and its body; what the database has takes the place of the input."""
    received: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as file:
                head = b"".join(iter(file.readline, b"\r\n"))
                [length] = [
                    line.split(b":")[1] for line in head.splitlines() if line.lower().startswith(b"content-length:")
                ]
                received.append(file.read(int(length)))
                connection.sendall(
                    b'HTTP/1.1 201 Created\r\ncontent-length: 12\r\nconnection: close\r\n\r\n{"id": "p1"}'
                )

        threading.Thread(target=answer, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with Replicate(Settings(replicate_base_url=url)) as client:
            lease = _lease("r8_token_number_1", input=input, route=route, target=target)
            assert await client.create(lease, webhook) == {"id": "p1"}
    [body] = received
    assert f'"input": {input}'.encode() in body
    expected = {"input": json.loads(input)}
    if route == "predictions":
        expected["version"] = target
    if webhook:
        expected |= {"webhook": webhook, "webhook_events_filter": ["start", "completed"]}
    assert json.loads(body) == expected


@pytest.mark.parametrize(
    ("route", "target"),
    [
        ("models", "acme/" + "x" * 70_000),
        ("deployments", "acme/" + "x" * 70_000),
        ("models", "acme"),
        ("models", ""),
        ("models", "acme/\ud83d"),
        ("predictions", "acme/\ud83d\n:x:y"),
        ("none", "acme/painter"),
    ],
    ids=["too long", "too long a deployment", "no name", "empty", "half a character", "no version", "no route"],
)
async def test_what_fails_before_it_is_written_was_not_sent(
    client: Replicate, replicate: SimulatorServer, route: str, target: str
) -> None:
    """Nobody has to find out about it: whatever of ours it was, there was no request, or Replicate has refused it."""
    with pytest.raises((TransportFailed, Rejected)) as caught:
        await client.create(_lease(replicate.tokens[0], route=route, target=target), None)
    assert str(caught.value).startswith(("unsendable: ", "HTTP 4"))
    assert replicate.tokens[0] not in str(caught.value)
    assert replicate.stats(predictions=False)["totals"]["creates"] == 0


async def test_what_can_not_be_sent_is_not_tried(client: Replicate, replicate: SimulatorServer) -> None:
    lease = replace(_lease(replicate.tokens[0]), input=None, reason="the input is missing, not a JSON object")
    with pytest.raises(TransportFailed, match=r"^unsendable: the input is missing, not a JSON object$"):
        await client.create(lease, None)
    assert replicate.stats(predictions=False)["totals"]["creates"] == 0


async def test_a_fault_of_ours_while_reading_is_no_answer(client: Replicate, replicate: SimulatorServer) -> None:
    """A job that asks about many goes on with the others."""
    with pytest.raises(TransportFailed, match=r"^unsendable: "):
        await client.get(SecretStr(replicate.tokens[0]), "x" * 70_000)
