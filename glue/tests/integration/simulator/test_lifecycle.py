"""Timing, ends, deadlines, data that goes away, outputs, accounts and pages."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from basepool.simulator import SimulatorConfig, SimulatorServer
from basepool.simulator.errors import ApiError
from basepool.simulator.requests import parse_cancel_after, parse_prefer
from tests.integration.simulator.support import Api, Receiver

HELLO = "replicate/hello-world"


def test_cancel_before_the_start_is_free_and_after_it_is_not(api: Api, sim: SimulatorServer) -> None:
    free = api.create("[sim:stuck_starting]").json()["id"]
    paid = api.create("[sim:start=0][sim:stuck_processing]").json()["id"]
    api.until_status(paid, "processing")
    for prediction_id in (free, paid):
        assert api.post(f"/v1/predictions/{prediction_id}/cancel").json()["status"] == "canceled"
    assert "started_at" not in api.show(free)
    stats = sim.stats()
    assert {each["id"]: each["charged"] for each in stats["predictions"]} == {free: False, paid: True}
    assert stats["totals"]["charged"] == 1
    assert stats["totals"]["cancels"] == 2
    assert stats["totals"]["in_flight"] == 0


def test_cancelling_what_is_over_changes_nothing(api: Api) -> None:
    ended = api.end_of(api.create().json()["id"])
    assert api.post(f"/v1/predictions/{ended['id']}/cancel").json() == ended


def test_a_deadline_aborts_before_the_start_and_cancels_after_it(api: Api, sim: SimulatorServer) -> None:
    late = api.create("[sim:stuck_starting]", headers={"cancel-after": "5"}).json()
    assert late["deadline"] > late["created_at"]
    slow = api.create("[sim:start=0][sim:stuck_processing]", headers={"cancel-after": "10s"}).json()
    assert api.end_of(late["id"])["status"] == "aborted"
    assert api.end_of(slow["id"])["status"] == "canceled"
    assert sim.stats()["totals"]["charged"] == 1


def test_a_deadline_can_be_ignored(api: Api) -> None:
    stuck = api.create("[sim:stuck_starting][sim:ignore_deadline]", headers={"cancel-after": "5s"}).json()
    hurried = api.create("[sim:stuck_starting]", headers={"cancel-after": "6s"}).json()
    api.end_of(hurried["id"])
    assert api.show(stuck["id"])["status"] == "starting"


@pytest.mark.parametrize(
    ("header", "seconds"), [("30", 30), ("30s", 30), ("5m", 300), ("1h30m45s", 5445), ("1h", 3600)]
)
def test_durations_that_are_understood(header: str, seconds: float) -> None:
    assert parse_cancel_after(header) == seconds


@pytest.mark.parametrize("header", ["", "4", "4s", "soon", "5 m", "1s1m", "-30"])
def test_durations_that_are_refused(header: str) -> None:
    with pytest.raises(ApiError):
        parse_cancel_after(header)


def test_how_long_prefer_waits() -> None:
    assert parse_prefer("wait") == 60
    assert parse_prefer("wait=7") == 7
    assert parse_prefer("wait=99") == 60
    assert parse_prefer("respond-async") is None
    assert parse_prefer(None) is None


def test_the_run_limit(api: Api, sim: SimulatorServer) -> None:
    sim.configure(run_limit_seconds=10)
    ended = api.end_of(api.create("[sim:start=0][sim:stuck_processing]").json()["id"])
    assert (ended["status"], ended["error"]) == ("failed", "Prediction timed out.")


def test_data_and_files_go_away(api: Api, sim: SimulatorServer, receiver: Receiver) -> None:
    kept = api.end_of(api.create().json()["id"])["output"][0]
    assert httpx.get(kept).status_code == 200
    sim.configure(data_kept_seconds=40)
    created = api.create(webhook=receiver.url, webhook_events_filter=["completed"]).json()
    url = receiver.wait_for(1)[0].body["output"][0]
    gone = api.until(created["id"], lambda shown: shown["data_removed"])
    assert (gone["output"], gone["input"], gone["logs"], gone["status"]) == (None, {}, "", "succeeded")
    assert httpx.get(url).status_code == 404
    assert sim.stats()["predictions"][0]["marker"] == "a cat"


@pytest.mark.parametrize(
    ("wanted", "start", "media_type"),
    [
        ("png", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("jpg", b"\xff\xd8\xff", "image/jpeg"),
        ("webp", b"RIFF", "image/webp"),
    ],
)
def test_pictures_in_the_format_asked_for(api: Api, wanted: str, start: bytes, media_type: str) -> None:
    created = api.create(input={"output_format": wanted, "num_outputs": 2}).json()
    urls = api.end_of(created["id"])["output"]
    assert len(urls) == 2
    for url in urls:
        answer = httpx.get(url)
        assert answer.content.startswith(start)
        assert answer.headers["content-type"] == media_type


def test_outputs_of_other_shapes(api: Api) -> None:
    def output(model: str, prompt: str = "x") -> Any:
        return api.end_of(api.create(prompt, model=model, input={"text": "you"}).json()["id"])["output"]

    assert httpx.get(output("minimax/video-01")).content[4:8] == b"ftyp"
    assert "".join(output("meta/meta-llama-3-70b-instruct")).startswith("A small answer")
    assert output(HELLO) == "hello you"
    assert output("recraft-ai/recraft-v3").startswith("http")
    assert output("acme/painter", "[sim:output=none]") is None
    assert httpx.get(output("acme/painter", "[sim:output=object]")["video"]).status_code == 200
    head, _, content = output("acme/painter", "[sim:output=data]").partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(content).startswith(b"\x89PNG")


def test_a_script_says_what_a_model_puts_out(api: Api, sim: SimulatorServer) -> None:
    sim.configure(
        scripts={
            "acme/counter": {"output": {"count": [1, None]}},
            "acme/broken": {"error": "no such weights"},
            "acme/forgetful": {"output": "x", "data_removed": True},
        }
    )

    def ended(model: str) -> tuple[Any, ...]:
        shown = api.end_of(api.create(model=model).json()["id"])
        return shown["status"], shown["output"], shown["error"], shown["data_removed"]

    assert ended("acme/counter") == ("succeeded", {"count": [1, None]}, None, False)
    assert ended("acme/broken") == ("failed", None, "no such weights", False)
    assert ended("acme/forgetful") == ("succeeded", None, None, True)


def test_a_prediction_belongs_to_its_account(sim: SimulatorServer, api: Api) -> None:
    prediction_id = api.create().json()["id"]
    with Api(sim.url, sim.accounts[0].tokens[1]) as sibling, Api(sim.url, sim.accounts[1].tokens[0]) as stranger:
        assert sibling.get(f"/v1/predictions/{prediction_id}").status_code == 200
        assert stranger.get(f"/v1/predictions/{prediction_id}").status_code == 404
        assert stranger.post(f"/v1/predictions/{prediction_id}/cancel").status_code == 404
        assert stranger.get("/v1/predictions").json()["results"] == []


def test_pages_of_100_newest_first(api: Api) -> None:
    made = [api.create(f"[sim:stuck_starting] {number}").json() for number in range(250)]
    ids = [each["id"] for each in reversed(made)]
    first = api.get("/v1/predictions").json()
    assert first["previous"] is None
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()
    assert third["next"] is None
    pages = [[each["id"] for each in page["results"]] for page in (first, second, third)]
    assert pages == [ids[:100], ids[100:200], ids[200:]]
    back = api.get(third["previous"]).json()
    assert [each["id"] for each in back["results"]] == ids[100:200]
    assert api.get(back["previous"]).json()["previous"] is None
    window = {"created_after": made[10]["created_at"], "created_before": made[20]["created_at"]}
    some = api.get("/v1/predictions", params=window).json()
    assert [each["id"] for each in some["results"]] == [each["id"] for each in reversed(made[10:20])]
    assert api.get("/v1/predictions", params={"source": "web"}).json()["results"] == []
    assert api.get("/v1/predictions", params={"cursor": "?"}).status_code == 404
    assert api.get("/v1/predictions", params={"created_after": "yesterday"}).status_code == 422


def test_only_the_last_predictions_are_kept() -> None:
    config = SimulatorConfig(account_count=1, speed=1000, keep_predictions=5, limits=False)
    with SimulatorServer(config) as sim, Api(sim.url, sim.tokens[0]) as api:
        for number in range(20):
            api.create(str(number), headers={"prefer": "wait"})
        stats = sim.stats()
        assert [each["marker"] for each in stats["predictions"]] == ["15", "16", "17", "18", "19"]
        assert stats["forgotten"] == 15
        assert stats["totals"]["creates"] == 20
        assert len(api.get("/v1/predictions").json()["results"]) == 5


def test_the_same_seed_gives_the_same_accounts_and_the_same_fate() -> None:
    def fates() -> tuple[list[str], dict[str, str]]:
        config = SimulatorConfig(seed=7, speed=500, fault_rates={"fail=E003": 0.3, "end_status=resting": 0.3})
        with SimulatorServer(config) as sim, Api(sim.url, sim.tokens[0]) as api:
            ids = [api.create(str(number)).json()["id"] for number in range(20)]
            ended = [api.end_of(each) for each in ids]
            return sim.tokens, {each["input"]["prompt"]: f"{each['status']} {each['error']}" for each in ended}

    first, second = fates(), fates()
    assert first == second
    assert len({fate.split()[0] for fate in first[1].values()}) == 3
    assert SimulatorConfig(seed=8).resolved_accounts() != SimulatorConfig(seed=7).resolved_accounts()
    assert all(len(token) == 40 and token.startswith("r8_") for token in first[0])


def test_what_was_charged_twice_is_shown(api: Api, sim: SimulatorServer) -> None:
    for prompt in ("twice", "once", "twice"):
        api.end_of(api.create(prompt).json()["id"])
    api.end_of(api.create("[sim:stuck_starting]", headers={"cancel-after": "5s"}).json()["id"])
    (found,) = sim.stats()["charged_more_than_once"]
    assert found["marker"] == "twice"
    assert [each["status"] for each in found["predictions"]] == ["succeeded", "succeeded"]


def test_counts_add_up_over_tokens(sim: SimulatorServer) -> None:
    for token in sim.tokens:
        with Api(sim.url, token) as api:
            prediction_id = api.create("[sim:start=0][sim:run=1]").json()["id"]
            api.until_status(prediction_id, "succeeded")
    stats = sim.stats()
    for account in stats["accounts"]:
        assert account["creates"] == sum(token["creates"] for token in account["tokens"]) == 2
        assert account["charged"] == sum(token["charged"] for token in account["tokens"]) == 2
        assert account["reads"] == sum(token["reads"] for token in account["tokens"])
    assert stats["totals"]["creates"] == stats["totals"]["charged"] == 4
    assert stats["totals"]["charged_seconds"] >= 4
