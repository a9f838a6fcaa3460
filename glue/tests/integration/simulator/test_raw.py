"""Answers as bytes, and the statuses that Replicate's own client has recorded."""

from __future__ import annotations

import base64
import gzip
import hmac
import json
from typing import Any

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from basepool.simulator import SimulatorServer
from tests.integration.simulator.openapi import check_answer
from tests.integration.simulator.support import FLUX, VERSION, Api, Receiver, eventually

SUCCEEDED = ["succeeded"]


def _ended(api: Api, prompt: str, **body: Any) -> str:
    """A prediction that is over, as a fault-free client sees it; its id."""
    created = api.create(prompt, **body)
    prediction_id = str(created.json()["id"])
    eventually(lambda: b"completed_at" in api.get(f"/v1/predictions/{prediction_id}").content)
    return prediction_id


def test_members_stand_in_place_of_the_right_ones(api: Api, sim: SimulatorServer, receiver: Receiver) -> None:
    sim.answer_raw(
        {"about": "odd", "shown": SUCCEEDED, "members": {"output": '[NaN, "\\ud83d"]', "logs": None, "x": "1"}}
    )
    prediction_id = _ended(api, "odd", webhook=receiver.url, webhook_events_filter=["completed"])
    other = _ended(api, "even")
    shown = api.get(f"/v1/predictions/{prediction_id}").content
    assert b'"output": [NaN, "\\ud83d"]' in shown
    assert b'"logs"' not in shown
    assert json.loads(shown)["x"] == 1
    assert b"NaN" not in api.get(f"/v1/predictions/{other}").content
    listed = api.get("/v1/predictions").content
    assert listed.count(b"NaN") == 1
    assert [each["id"] for each in json.loads(listed)["results"]] == [other, prediction_id]
    [received] = receiver.wait_for(1)
    assert b'[NaN, "\\ud83d"]' in received.raw
    [answer] = sim.raw()
    assert answer["struck"] >= 3


def test_a_body_of_any_bytes_is_signed(api: Api, sim: SimulatorServer, receiver: Receiver) -> None:
    body = b"\xef\xbb\xbf\xff$id|$document"
    sim.answer_raw({"on": ["webhook"], "body_base64": base64.b64encode(body).decode(), "headers": {"X-Odd": "yes"}})
    prediction_id = _ended(api, "a cat", webhook=receiver.url, webhook_events_filter=["completed"])
    [received] = receiver.wait_for(1)
    assert received.raw.startswith(b"\xef\xbb\xbf\xff" + prediction_id.encode() + b'|{"id": ')
    assert received.headers["x-odd"] == "yes"
    moment = received.headers["webhook-timestamp"]
    secret = sim.state()["accounts"][0]["webhook_secret"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{received.headers['webhook-id']}.{moment}.".encode() + received.raw
    expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert received.headers["webhook-signature"] == f"v1,{expected}"


def test_a_text_is_signed_as_the_library_does(api: Api, sim: SimulatorServer, receiver: Receiver) -> None:
    _ended(api, "a cat", webhook=receiver.url, webhook_events_filter=["completed"])
    [received] = receiver.wait_for(1)
    Webhook(sim.state()["accounts"][0]["webhook_secret"]).verify(received.raw, received.headers)


def test_status_headers_and_compression(api: Api, sim: SimulatorServer, receiver: Receiver) -> None:
    sim.answer_raw(
        {"on": ["get"], "status": 299, "headers": {"Content-Type": "text/html"}, "body": "<html>", "times": 1},
        {"on": ["get", "webhook"], "gzip": True},
        {"on": ["list"], "status": 502, "body": "["},
        {"on": ["account"], "body": "[]"},
        {"on": ["webhook_secret"], "body": '{"key": 1}'},
    )
    prediction_id = api.create(webhook=receiver.url, webhook_events_filter=["completed"]).json()["id"]
    odd = api.get(f"/v1/predictions/{prediction_id}")
    assert (odd.status_code, odd.text, odd.headers["content-type"]) == (299, "<html>", "text/html")
    even = api.get(f"/v1/predictions/{prediction_id}")
    assert even.headers["content-encoding"] == "gzip"
    assert even.json()["id"] == prediction_id
    assert (api.get("/v1/predictions").status_code, api.get("/v1/predictions").content) == (502, b"[")
    assert api.get("/v1/account").json() == []
    assert api.get("/v1/webhooks/default/secret").json() == {"key": 1}
    [received] = receiver.wait_for(1)
    assert received.headers["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(received.raw))["status"] == "succeeded"


def test_a_create_is_answered_raw_and_the_prediction_lives(api: Api, sim: SimulatorServer) -> None:
    sim.answer_raw({"on": ["create"], "body": "not JSON", "times": 1})
    assert api.create().content == b"not JSON"
    [prediction] = sim.stats()["predictions"]
    assert api.end_of(prediction["id"])["status"] == "succeeded"


def test_an_item_that_ends_in_the_middle(api: Api, sim: SimulatorServer) -> None:
    _ended(api, "a cat")
    sim.answer_raw({"on": ["item"], "body": '{"id": "$id", '})
    assert not api.get("/v1/predictions").content.endswith(b"}]}")
    sim.answer_raw()
    assert len(api.get("/v1/predictions").json()["results"]) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"on": ["somewhere"]},
        {"body": "a", "body_base64": "YQ=="},
        {"on": ["list"], "members": {"id": "1"}},
        {"on": ["item"], "status": 500},
        {"times": 0},
        {"unknown": 1},
    ],
)
def test_what_makes_no_sense_is_refused(sim: SimulatorServer, answer: dict[str, Any]) -> None:
    assert httpx.put(f"{sim.url}/_sim/raw", json=[answer], trust_env=False).status_code == 422
    assert sim.raw() == []


# What the Python client's own tests have recorded of the real API: method, path, body, status.
_HAIKU = {"input": {"prompt": "Please write a haiku about llamas."}}
_BY_VERSION = {
    "version": VERSION,
    "input": {"prompt": "a corgi in the colors of the rainbow", "width": 512, "seed": 42069},
}
RECORDED = [
    ("GET", "/v1/models/stability-ai/sdxl", None, {}, 200),
    ("GET", "/v1/models/mattt/empty", None, {}, 200),
    ("GET", f"/v1/models/stability-ai/sdxl/versions/{VERSION}", None, {}, 200),
    ("POST", "/v1/models/meta/llama-2-70b-chat/predictions", _HAIKU, {}, 201),
    ("POST", "/v1/models/meta/meta-llama-3-8b-instruct/predictions", _HAIKU, {}, 201),
    ("POST", "/v1/models/meta/meta-llama-3-8b-instruct/predictions", _HAIKU, {"prefer": "wait"}, 201),
    ("POST", "/v1/models/meta/meta-llama-3-8b-instruct/predictions", _HAIKU, {"prefer": "wait=10"}, 201),
    ("POST", "/v1/predictions", _BY_VERSION, {}, 201),
    ("POST", "/v1/predictions", {**_BY_VERSION, "stream": True}, {}, 201),
    ("POST", "/v1/predictions", _BY_VERSION, {"prefer": "wait"}, 201),
    ("POST", "/v1/predictions", _BY_VERSION, {"prefer": "wait=10"}, 201),
    ("GET", "/v1/predictions/$id", None, {}, 200),
    ("POST", "/v1/predictions/$id/cancel", None, {}, 200),
    ("POST", "/v1/predictions", {"version": VERSION, "input": {}}, {"authorization": "Bearer invalid-token"}, 401),
]


@pytest.mark.parametrize(("method", "path", "body", "headers", "status"), RECORDED)
def test_what_was_recorded_of_the_real_one(
    api: Api, method: str, path: str, body: Any, headers: dict[str, str], status: int
) -> None:
    if "$id" in path:
        path = path.replace("$id", api.create().json()["id"])
    assert api.request(method, path, json=body, headers=headers).status_code == status


def test_a_model(api: Api) -> None:
    shown = check_answer("/models/{model_owner}/{model_name}", api.get(f"/v1/models/{FLUX}"))
    assert f"{shown['owner']}/{shown['name']}" == FLUX
    version = shown["latest_version"]["id"]
    assert api.get(f"/v1/models/{FLUX}/versions/{version}").json()["id"] == version
