"""The real `replicate` client against the simulator: every call is bounded, every failure has its kind, no token strays."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from pydantic import SecretStr

from basepool.config import Settings
from basepool.model import Lease
from basepool.replicate import Rejected, Replicate, TransportFailed
from basepool.simulator import SimulatorServer
from tests.support import free_port


@pytest.fixture
async def client(replicate: SimulatorServer) -> AsyncIterator[Replicate]:
    async with Replicate(Settings(replicate_base_url=replicate.url, read_timeout_seconds=3)) as client:
        yield client


def _lease(
    token: str, prompt: str = "a cat", *, route: str = "models", target: str = "acme/painter", seconds: int = 5
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
        input={"prompt": prompt},
        cancel_after_seconds=1800,
        submit_timeout_seconds=seconds,
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
    began = time.monotonic()
    with pytest.raises(TransportFailed) as caught:
        await client.create(_lease(replicate.tokens[0], f"x [sim:{fault}]", seconds=1), None)
    assert caught.value.kind == "timeout"
    # the client itself would wait for ever: the bound is ours
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("fault", ["reset_before_create", "reset_after_create"])
async def test_a_connection_that_is_reset_says_nothing_about_the_prediction(
    client: Replicate, replicate: SimulatorServer, fault: str
) -> None:
    with pytest.raises(TransportFailed) as caught:
        await client.create(_lease(replicate.tokens[0], f"x [sim:{fault}]"), None)
    assert caught.value.kind == "reset"


async def test_where_nobody_listens_nothing_was_sent() -> None:
    async with Replicate(Settings(replicate_base_url=f"http://127.0.0.1:{free_port()}")) as client:
        with pytest.raises(TransportFailed) as caught:
            await client.create(_lease("r8_token_number_1"), None)
    assert caught.value.kind == "connect"
    assert "r8_token_number_1" not in str(caught.value)


async def test_a_read_that_hangs_ends_in_its_time(client: Replicate, replicate: SimulatorServer) -> None:
    made = await client.create(_lease(replicate.tokens[0], "x [sim:read_hang]"), None)
    with pytest.raises(TransportFailed):
        await client.get(SecretStr(replicate.tokens[0]), made["id"])


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
    with pytest.raises(ValueError, match="the token is empty"):
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
