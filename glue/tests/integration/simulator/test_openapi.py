"""What the simulator answers and accepts is what Replicate's OpenAPI document says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from basepool.simulator import SimulatorServer
from tests.integration.simulator.openapi import check_answer, check_prediction, is_request
from tests.integration.simulator.support import FLUX, VERSION, Api, Receiver

MODELS = "/models/{model_owner}/{model_name}/predictions"
DEPLOYMENTS = "/deployments/{deployment_owner}/{deployment_name}/predictions"


@pytest.mark.parametrize(
    ("template", "path", "version"),
    [
        (MODELS, f"/models/{FLUX}/predictions", None),
        (DEPLOYMENTS, "/deployments/acme/images/predictions", None),
        ("/predictions", "/predictions", FLUX),
        ("/predictions", "/predictions", f"acme/painter:{VERSION}"),
        ("/predictions", "/predictions", VERSION),
    ],
)
def test_create_on_every_route(api: Api, template: str, path: str, version: str | None) -> None:
    body: dict[str, Any] = {"input": {"prompt": "a cat"}}
    if version is not None:
        body["version"] = version
    assert is_request(template, body)
    answer = api.post(f"/v1{path}", json=body)
    created = check_answer(template, answer)
    assert answer.status_code == 201
    assert created["status"] == "starting"
    assert re.fullmatch(r"[a-z0-9]{26}", created["id"])
    assert created["version"] == (VERSION if version and VERSION in version else "hidden")
    assert created.get("deployment") == ("acme/images" if "deployments" in path else None)
    assert int(answer.headers["ratelimit-remaining"]) == 599
    assert int(answer.headers["ratelimit-reset"]) == 60


def test_a_community_model_is_not_on_the_route_of_official_ones(api: Api, sim: SimulatorServer) -> None:
    sim.configure(community_models=["acme/painter"])
    refused = api.create(model="acme/painter")
    assert refused.status_code == 404
    body: dict[str, Any] = {"input": {"prompt": "a cat"}, "version": "acme/painter"}
    created = check_answer("/predictions", api.post("/v1/predictions", json=body))
    assert (created["model"], len(created["version"])) == ("acme/painter", 64)
    sim.configure(community_names=False)
    assert api.post("/v1/predictions", json=body).status_code == 422
    assert api.post("/v1/predictions", json={**body, "version": created["version"]}).status_code == 201


def test_every_stage_of_a_prediction(api: Api) -> None:
    prediction_id = api.create("[sim:start=15][sim:run=15]").json()["id"]
    for seen in ("starting", "processing", "succeeded"):
        api.until_status(prediction_id, seen)
        check_answer("/predictions/{prediction_id}", api.get(f"/v1/predictions/{prediction_id}"))


def test_wait_answers_201_with_the_output_or_202_without(api: Api) -> None:
    done = api.create(headers={"prefer": "wait=5"})
    assert done.status_code == 201
    assert check_answer(MODELS, done)["status"] == "succeeded"
    late = api.create("[sim:start=0][sim:stuck_processing]", headers={"prefer": "wait=1"})
    assert late.status_code == 202
    assert check_answer(MODELS, late)["status"] == "starting"
    assert api.show(late.json()["id"])["status"] == "processing"


def test_the_other_operations(api: Api) -> None:
    prediction_id = api.create("[sim:stuck_starting]").json()["id"]
    check_answer("/predictions", api.get("/v1/predictions"))
    canceled = check_answer("/predictions/{prediction_id}/cancel", api.post(f"/v1/predictions/{prediction_id}/cancel"))
    assert canceled["status"] == "canceled"
    assert check_answer("/account", api.get("/v1/account"))["username"] == "sim-1"
    assert check_answer("/webhooks/default/secret", api.get("/v1/webhooks/default/secret"))["key"].startswith("whsec_")
    version = "/models/{model_owner}/{model_name}/versions/{version_id}"
    assert check_answer(version, api.get(f"/v1/models/acme/painter/versions/{VERSION}"))["id"] == VERSION


def test_a_webhook_carries_a_prediction(api: Api, receiver: Receiver) -> None:
    api.create(webhook=receiver.url, webhook_events_filter=["start", "completed"])
    for received in receiver.wait_for(2):
        check_prediction(received.body)


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "- (root): input is required\n"),
        ({"input": "a cat"}, "- input: Invalid type. Expected: object, given: string\n"),
        ({"input": {}, "webook": "x"}, "- (root): Additional property webook is not allowed\n"),
        ({"input": {}, "version": VERSION}, "- (root): Additional property version is not allowed\n"),
        ({"input": {}, "webhook": 1}, "- webhook: Invalid type. Expected: string, given: integer\n"),
        ({"input": {}, "webhook_events_filter": ["end"]}, "- webhook_events_filter.0: webhook_events_filter.0 must be"),
        ([], "- (root): Invalid type. Expected: object, given: array\n"),
    ],
)
def test_a_body_the_document_forbids_is_422(api: Api, body: Any, detail: str) -> None:
    assert not is_request(MODELS, body)
    answer = api.post("/v1/models/acme/painter/predictions", json=body)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["title"] == "Input validation failed"
    assert problem["status"] == 422
    assert problem["detail"].startswith(detail)
    assert problem["invalid_fields"][0].keys() == {"type", "field", "description"}


def test_the_model_validates_its_input(api: Api) -> None:
    answer = api.post(f"/v1/models/{FLUX}/predictions", json={"input": {}})
    assert answer.status_code == 422
    assert answer.json() == {
        "title": "Input validation failed",
        "detail": "- input: prompt is required\n",
        "status": 422,
        "invalid_fields": [{"type": "required", "field": "input", "description": "prompt is required"}],
    }
    too_many = api.create(input={"num_outputs": 5})
    assert too_many.json()["detail"] == "- input.num_outputs: Must be less than or equal to 4\n"


@pytest.mark.parametrize("version", ["acme/painter:latest", "painter", "acme/painter:123", VERSION.upper()])
def test_a_version_that_is_none_is_422(api: Api, version: str) -> None:
    answer = api.post("/v1/predictions", json={"version": version, "input": {}})
    assert answer.status_code == 422
    assert answer.json()["title"] == "Invalid version or not permitted"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
def test_a_body_that_is_no_json_is_422(api: Api, body: bytes) -> None:
    assert api.post("/v1/predictions", content=body).status_code == 422


@pytest.mark.parametrize("url", ["http://example.com/hook", "ftp://127.0.0.1/x", "https://", "http://[", "no url"])
def test_a_webhook_url_must_be_https(api: Api, url: str) -> None:
    answer = api.create(webhook=url)
    assert answer.status_code == 422
    assert answer.json()["invalid_fields"][0]["field"] == "webhook"


def test_what_does_not_exist_is_404(api: Api) -> None:
    for path in ("/v1/predictions/nothing", "/v1/trainings", "/v2/predictions", "/"):
        answer = api.get(path)
        assert answer.status_code == 404
        assert answer.json() == {"detail": "The requested resource could not be found.", "status": 404}
    assert api.delete("/v1/predictions").status_code == 404
