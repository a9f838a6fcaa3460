"""Webhooks: what is sent when, how it is signed, and how it goes wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from replicate.webhook import Webhooks, WebhookSigningSecret
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from basepool.simulator import SimulatorConfig, SimulatorServer
from tests.integration.simulator.support import SPEED, Api, Received, Receiver, eventually

BOTH = ["start", "completed"]


def verify(sim: SimulatorServer, received: Received, account: int = 0) -> Any:
    return Webhook(sim.accounts[account].webhook_secret).verify(received.raw, received.headers)


def test_the_published_test_vector() -> None:
    signature = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), '{"test": 2432232314}'
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_start_and_completed_are_signed_with_the_accounts_secret(
    api: Api, sim: SimulatorServer, receiver: Receiver
) -> None:
    created = api.create(webhook=f"{receiver.url}?attempt=1", webhook_events_filter=BOTH).json()
    start, completed = receiver.wait_for(2)
    assert start.path == completed.path == "/hook?attempt=1"
    assert verify(sim, start)["status"] == "processing"
    assert verify(sim, completed)["status"] == "succeeded"
    assert verify(sim, completed)["id"] == created["id"]
    assert completed.body == api.show(created["id"])
    assert start.headers["webhook-id"] != completed.headers["webhook-id"]
    with pytest.raises(WebhookVerificationError):
        verify(sim, start, account=1)
    Webhooks.validate(
        headers=start.headers,
        body=start.raw.decode(),
        secret=WebhookSigningSecret(key=sim.accounts[0].webhook_secret),
        tolerance=300,
    )


@pytest.mark.parametrize(
    ("events", "statuses"),
    [
        (["completed"], ["succeeded"]),
        (["start"], ["processing"]),
        ([], []),
        (["output"], ["processing"]),
        (None, ["processing", "succeeded"]),
    ],
)
def test_the_filter(
    api: Api, sim: SimulatorServer, receiver: Receiver, events: list[str] | None, statuses: list[str]
) -> None:
    body: dict[str, Any] = {} if events is None else {"webhook_events_filter": events}
    api.end_of(api.create(webhook=receiver.url, **body).json()["id"])
    eventually(lambda: all(each["outcome"] != "sending" for each in sim.deliveries()))
    assert sorted(receiver.statuses()) == sorted(statuses)


def test_output_and_logs_are_throttled(api: Api, sim: SimulatorServer, receiver: Receiver) -> None:
    created = api.create(
        "[sim:start=0][sim:run=40]",
        model="meta/meta-llama-3-70b-instruct",
        webhook=receiver.url,
        webhook_events_filter=["output", "logs"],
    ).json()
    api.end_of(created["id"])
    assert {each["event"] for each in sim.deliveries()} == {"output", "logs"}
    assert len(sim.deliveries()) == 8
    sim.configure(webhook_throttle_seconds=100_000)
    quick = api.create("[sim:start=0][sim:run=0.1]", webhook=receiver.url, webhook_events_filter=["logs"]).json()
    api.end_of(quick["id"])
    assert len([each for each in sim.deliveries() if each["prediction_id"] == quick["id"]]) == 1


def test_what_is_terminal_is_retried_for_a_minute(api: Api, sim: SimulatorServer, receiver: Receiver) -> None:
    receiver.answers = [500] * 20
    api.create(webhook=receiver.url, webhook_events_filter=["completed"])
    received = receiver.wait_for(7)
    eventually(lambda: sim.deliveries()[0]["outcome"] == "given up")
    assert len(received) == 7
    assert len({each.headers["webhook-id"] for each in received}) == 1
    assert len({each.raw for each in received}) == 1
    attempts = sim.deliveries()[0]["attempts"]
    ended = datetime.fromisoformat(received[0].body["completed_at"])
    offsets = [(datetime.fromisoformat(attempt["at"]) - ended).total_seconds() * SPEED for attempt in attempts]
    # Never early; how late depends on how busy the machine is.
    assert all(offset > planned - 1 for offset, planned in zip(offsets, (0, 1, 3, 7, 15, 31, 60), strict=True))
    assert [attempt["status"] for attempt in attempts] == [500] * 7


def test_retries_end_with_the_first_2xx(api: Api, sim: SimulatorServer, receiver: Receiver) -> None:
    receiver.answers = [503, 404]
    api.create(webhook=receiver.url, webhook_events_filter=["completed"])
    eventually(lambda: [each["outcome"] for each in sim.deliveries()] == ["delivered"])
    assert [attempt["status"] for attempt in sim.deliveries()[0]["attempts"]] == [503, 404, 200]


def test_what_is_not_terminal_is_sent_once(api: Api, sim: SimulatorServer, receiver: Receiver) -> None:
    receiver.answers = [500]
    api.create(webhook=receiver.url, webhook_events_filter=BOTH)
    eventually(lambda: [each["outcome"] for each in sim.deliveries()] == ["given up", "delivered"])
    assert [len(each["attempts"]) for each in sim.deliveries()] == [1, 1]


def test_redirects_are_not_followed(api: Api, sim: SimulatorServer, receiver: Receiver) -> None:
    receiver.answers = [301]
    api.create(webhook=receiver.url, webhook_events_filter=["start"])
    eventually(lambda: [each["outcome"] for each in sim.deliveries()] == ["given up"])
    assert [each.path for each in receiver.received] == ["/hook"]


def test_a_receiver_that_is_not_there(api: Api, sim: SimulatorServer) -> None:
    sim.configure(webhook_retry_seconds=[1, 3])
    api.create(webhook="http://127.0.0.1:9/hook", webhook_events_filter=["completed"])
    eventually(lambda: [each["outcome"] for each in sim.deliveries()] == ["given up"])
    assert "ConnectError" in sim.deliveries()[0]["attempts"][0]["error"]


def test_lost(api: Api, sim: SimulatorServer, receiver: Receiver) -> None:
    api.create("[sim:webhook_lost=completed]", webhook=receiver.url, webhook_events_filter=BOTH)
    eventually(lambda: [each["outcome"] for each in sim.deliveries()] == ["delivered", "lost"])
    assert receiver.statuses() == ["processing"]
    assert sim.stats()["webhooks"] == {"attempts": 1, "delivered": 1, "lost": 1}


def test_duplicated(api: Api, receiver: Receiver) -> None:
    api.create("[sim:webhook_duplicate]", webhook=receiver.url, webhook_events_filter=["completed"])
    first, second = receiver.wait_for(2)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.raw == second.raw


def test_reordered(api: Api, receiver: Receiver) -> None:
    api.create("[sim:webhook_reorder]", webhook=receiver.url, webhook_events_filter=BOTH)
    receiver.wait_for(2)
    assert receiver.statuses() == ["succeeded", "processing"]


def test_delayed(api: Api, sim: SimulatorServer, receiver: Receiver) -> None:
    api.create("[sim:webhook_delay=80]", webhook=receiver.url, webhook_events_filter=["completed"])
    (received,) = receiver.wait_for(1)
    sent = datetime.fromisoformat(sim.deliveries()[0]["attempts"][0]["at"])
    ended = datetime.fromisoformat(received.body["completed_at"])
    assert (sent - ended).total_seconds() * SPEED > 79


@pytest.mark.parametrize("fault", ["webhook_bad_signature", "webhook_old"])
def test_signatures_that_must_be_refused(api: Api, sim: SimulatorServer, receiver: Receiver, fault: str) -> None:
    api.create(f"[sim:{fault}]", webhook=receiver.url, webhook_events_filter=["completed"])
    (received,) = receiver.wait_for(1)
    with pytest.raises(WebhookVerificationError):
        verify(sim, received)


def test_by_rate(api: Api, sim: SimulatorServer, receiver: Receiver) -> None:
    sim.set_faults(rates={"webhook_lost": 1})
    api.end_of(api.create(webhook=receiver.url, webhook_events_filter=BOTH).json()["id"])
    eventually(lambda: [each["outcome"] for each in sim.deliveries()] == ["lost", "lost"])
    assert receiver.received == []


def test_an_aborted_prediction_is_reported_too(api: Api, receiver: Receiver) -> None:
    api.create("[sim:stuck_starting]", headers={"cancel-after": "5s"}, webhook=receiver.url)
    receiver.wait_for(1)
    assert receiver.statuses() == ["aborted"]


def test_plain_http_can_be_forbidden_or_allowed_everywhere() -> None:
    with SimulatorServer(SimulatorConfig(http_webhooks="never")) as sim, Api(sim.url, sim.tokens[0]) as api:
        assert api.create(webhook="http://127.0.0.1:9/").status_code == 422
        assert api.create("[sim:stuck_starting]", webhook="https://example.com/").status_code == 201
        sim.configure(http_webhooks="any")
        assert api.create("[sim:stuck_starting]", webhook="http://glue.internal/").status_code == 201
