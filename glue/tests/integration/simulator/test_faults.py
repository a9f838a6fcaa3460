"""Every fault, by directive, by rate and by count; limits and credit of accounts."""

from __future__ import annotations

import re
import time

import httpx
import pytest

from basepool.simulator import SimulatorConfig, SimulatorServer
from basepool.simulator.faults import KINDS, Scope
from basepool.simulator.limits import SlidingWindow, Spaced
from tests.integration.simulator.support import Api, Receiver, eventually
from tests.support import PATIENCE_SECONDS


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [
        ("unauthorized", 401, "You did not pass a valid authentication token"),
        ("insufficient_credit", 402, "You have insufficient credit to run this model."),
        ("blocked", 403, "Sorry, you have been blocked"),
        ("not_found", 404, "The requested resource could not be found."),
        ("invalid_input", 422, "- input: prompt is required\\n"),
        ("invalid_version", 422, "Invalid version or not permitted"),
        ("throttled=7", 429, "Request was throttled. Your rate limit resets in ~7s."),
        ("throttled_low_credit", 429, 'less than $5.0 in credit. Your rate limit resets in ~5s.","status":429,'),
        ("server_error", 500, "Internal Server Error"),
        ("server_error=502", 502, "Bad Gateway"),
        ("error_list", 500, "["),
    ],
)
def test_a_create_that_is_refused_makes_nothing(
    api: Api, sim: SimulatorServer, fault: str, status: int, text: str
) -> None:
    answer = api.create(f"[sim:{fault}]")
    assert answer.status_code == status
    assert text in answer.text
    stats = sim.stats()
    assert stats["totals"]["creates"] == 0
    assert stats["faults"] == {fault.partition("=")[0]: 1}


def test_the_body_of_a_low_credit_429_says_when(api: Api) -> None:
    body = api.create("[sim:throttled_low_credit=9]").json()
    assert body["retry_after"] == 9
    assert "reduced to 6 requests per minute with a burst of 1 requests" in body["detail"]


@pytest.mark.parametrize(
    ("fault", "error", "made"),
    [
        ("reset_before_create", httpx.ReadError, 0),
        ("reset_after_create", httpx.ReadError, 1),
        ("hang_before_create", httpx.ReadTimeout, 0),
        ("hang_after_create", httpx.ReadTimeout, 1),
    ],
)
def test_an_answer_that_never_comes(
    api: Api, sim: SimulatorServer, fault: str, error: type[Exception], made: int
) -> None:
    patience = httpx.Timeout(PATIENCE_SECONDS, read=0.3 if fault.startswith("hang") else PATIENCE_SECONDS)
    with pytest.raises(error):
        api.post("/v1/predictions", json={"version": "a/b", "input": {"prompt": f"[sim:{fault}]"}}, timeout=patience)
    if not made:
        assert sim.stats()["totals"]["creates"] == 0
    else:
        (lost,) = eventually(lambda: sim.stats()["predictions"])
        assert lost["answered"] == fault.partition("_")[0]
        assert api.end_of(lost["id"])["status"] == "succeeded"
        assert sim.stats()["totals"]["charged"] == 1


def test_a_5xx_may_hide_a_prediction(api: Api, sim: SimulatorServer) -> None:
    assert api.create("[sim:server_error_after_create=504]").status_code == 504
    (hidden,) = sim.stats()["predictions"]
    assert hidden["answered"] == "504"


def test_a_slow_answer_is_right(api: Api) -> None:
    began = time.monotonic()
    assert api.create("[sim:slow=0.2]").status_code == 201
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("PA", "Prediction interrupted; please retry (code: PA)"),
        ("E003", "Service is currently unavailable due to high demand"),
        ("E004", "Service is temporarily unavailable"),
        ("E005", "flagged as sensitive"),
        ("E006", "The input was invalid"),
        ("E1001", "Director: unexpected error handling prediction (E1001)"),
        ("timeout", "Prediction timed out."),
    ],
)
def test_a_prediction_that_fails_says_what_the_real_one_says(api: Api, code: str, text: str) -> None:
    ended = api.end_of(api.create(f"[sim:fail={code}]").json()["id"])
    assert ended["status"] == "failed"
    assert text in ended["error"]
    assert ended["output"] is None
    assert ended["metrics"]["predict_time"] > 0


def test_a_failure_without_words(api: Api) -> None:
    assert api.end_of(api.create("[sim:fail=empty]").json()["id"])["error"] == ""


def test_some_failures_come_before_the_start(api: Api, sim: SimulatorServer) -> None:
    ended = api.end_of(api.create("[sim:fail=E6716]").json()["id"])
    assert "started_at" not in ended
    assert sim.stats()["totals"]["charged"] == 0


def test_whether_failures_are_billed_is_a_setting(api: Api, sim: SimulatorServer) -> None:
    api.end_of(api.create("[sim:fail=PA]").json()["id"])
    assert sim.stats()["totals"]["charged"] == 1
    sim.configure(charge_failed=False)
    api.end_of(api.create("[sim:fail=PA] again").json()["id"])
    assert sim.stats()["totals"]["charged"] == 1


def test_statuses_nobody_knows(api: Api, receiver: Receiver) -> None:
    created = api.create("[sim:start=0][sim:status=warming][sim:end_status=resting]", webhook=receiver.url).json()
    ended = api.end_of(created["id"])
    assert ended["status"] == "resting"
    assert ended["output"]
    receiver.wait_for(2)
    assert sorted(receiver.statuses()) == ["resting", "warming"]


def test_the_first_creates_of_an_input_only(api: Api) -> None:
    answers = [api.create("[sim:throttled*2]").status_code for _ in range(4)]
    assert answers == [429, 429, 201, 201]
    assert api.create("[sim:throttled*2] another").status_code == 429


def test_the_next_requests_only(api: Api, sim: SimulatorServer) -> None:
    sim.set_faults(next={"server_error=503": 2, "fail=E004": 1, "read_not_found": 1})
    assert [api.create().status_code for _ in range(2)] == [503, 503]
    prediction_id = api.create().json()["id"]
    assert api.get(f"/v1/predictions/{prediction_id}").status_code == 404
    assert api.end_of(prediction_id)["status"] == "failed"
    assert api.end_of(api.create().json()["id"])["status"] == "succeeded"


def test_faults_by_rate_while_running(api: Api, sim: SimulatorServer) -> None:
    sim.set_faults(rates={"server_error": 0.3, "throttled": 0.3})
    answers = [api.create(f"{number} [sim:stuck_starting]").status_code for number in range(100)]
    assert {status: answers.count(status) > 15 for status in (201, 429, 500)} == {201: True, 429: True, 500: True}
    sim.set_faults(rates={"server_error": 0, "throttled": 0})
    assert {api.create(f"{number} [sim:stuck_starting]").status_code for number in range(20)} == {201}


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        ("read_unauthorized", 401),
        ("read_not_found", 404),
        ("read_throttled", 429),
        ("read_server_error=503", 503),
    ],
)
def test_reads_fail_too(api: Api, sim: SimulatorServer, fault: str, status: int) -> None:
    prediction_id = api.create(f"[sim:{fault}][sim:stuck_starting]").json()["id"]
    assert api.get(f"/v1/predictions/{prediction_id}").status_code == status
    assert api.post(f"/v1/predictions/{prediction_id}/cancel").status_code == status
    assert api.get("/v1/predictions").status_code == 200
    sim.set_faults(rates={fault: 1})
    for path in ("predictions", "account", "webhooks/default/secret"):
        assert api.get(f"/v1/{path}").status_code == status


def test_reads_are_reset_or_hang(api: Api, sim: SimulatorServer) -> None:
    sim.set_faults(next={"read_reset": 1})
    with pytest.raises(httpx.ReadError):
        api.get("/v1/account")
    sim.set_faults(next={"read_hang": 1})
    with pytest.raises(httpx.ReadTimeout):
        api.get("/v1/account", timeout=httpx.Timeout(PATIENCE_SECONDS, read=0.2))


def test_downloads_fail(api: Api) -> None:
    def url(fault: str) -> str:
        return str(api.end_of(api.create(f"[sim:{fault}]").json()["id"])["output"][0])

    assert httpx.get(url("file_missing")).status_code == 404
    assert httpx.get(url("file_error=500")).status_code == 500
    with pytest.raises(httpx.TransportError):
        httpx.get(url("file_truncated"))


def test_a_directive_that_is_misspelt_is_refused(api: Api, sim: SimulatorServer) -> None:
    for text in ("[sim:trottled]", "[sim:fail]", "[sim:blocked=1]", "[sim:throttled=soon]"):
        assert api.create(text).status_code == 422
    with pytest.raises(ValueError, match="unknown fault"):
        sim.set_faults(rates={"trottled": 1})
    with pytest.raises(ValueError, match="less than or equal to 1"):
        sim.set_faults(rates={"throttled": 2})
    with pytest.raises(ValueError, match="unknown fault"):
        SimulatorConfig(fault_rates={"trottled": 0.5})


def test_every_fault_is_listed(sim: SimulatorServer) -> None:
    listed = httpx.get(f"{sim.url}/_sim/faults").json()
    assert listed.keys() == KINDS.keys()
    assert {each["strikes"] for each in listed.values()} == {scope.value for scope in Scope}


def test_the_limit_of_creates_belongs_to_the_account() -> None:
    config = SimulatorConfig(account_count=2, tokens_per_account=2, creates_per_window=3, limit_window_seconds=3600)
    with SimulatorServer(config) as sim:
        with Api(sim.url, sim.accounts[0].tokens[0]) as one, Api(sim.url, sim.accounts[0].tokens[1]) as sibling:
            answers = [client.create("[sim:stuck_starting]") for client in (one, sibling, one, sibling)]
            assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
            assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
            assert re.fullmatch(
                r"Request was throttled. Your rate limit resets in ~3\d{3}s.", answers[3].json()["detail"]
            )
            assert one.get("/v1/account").status_code == 200
        with Api(sim.url, sim.accounts[1].tokens[0]) as stranger:
            assert stranger.create().status_code == 201
        counts = sim.stats()["accounts"][0]
        assert (counts["creates"], counts["throttled"]) == (3, 1)
        assert [token["throttled"] for token in counts["tokens"]] == [0, 1]


def test_a_limit_lets_through_as_many_in_any_window() -> None:
    window = SlidingWindow(3, 60)
    assert [window.take(now) for now in (0.0, 10.0, 20.0, 20.0)] == [0, 0, 0, 40]
    assert (window.remaining(50.0), window.reset(50.0)) == (0, 10)
    assert [window.take(now) for now in (60.0, 60.0, 70.0)] == [0, 10, 0]
    spaced = Spaced(6, 60)
    assert [spaced.take(now) for now in (0.0, 4.0, 10.0)] == [0, 6, 0]


def test_the_limit_of_reads() -> None:
    with SimulatorServer(SimulatorConfig(reads_per_window=5)) as sim, Api(sim.url, sim.tokens[0]) as api:
        assert [api.get("/v1/account").status_code for _ in range(6)] == [200] * 5 + [429]
        sim.configure(limits=False)
        assert api.get("/v1/account").status_code == 200


def test_low_credit_slows_an_account_down(api: Api, sim: SimulatorServer) -> None:
    sim.set_account("sim-1", credit="low")
    answers = [api.create("[sim:stuck_starting]") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 429]
    body = answers[1].json()
    assert body["status"] == 429
    assert 1 <= body["retry_after"] <= 10
    assert f"Your rate limit resets in ~{body['retry_after']}s." in body["detail"]
    sim.set_account("sim-1", credit="ok")
    assert api.create().status_code == 201


def test_states_of_an_account(api: Api, sim: SimulatorServer) -> None:
    sim.set_account("sim-1", credit="none")
    assert api.create().status_code == 402
    assert api.get("/v1/account").status_code == 200
    sim.set_account("sim-1", credit="ok", blocked=True)
    assert api.get("/v1/account").headers["content-type"].startswith("text/html")
    sim.set_account("sim-1", blocked=False, revoked=["sim-1/1"])
    assert api.get("/v1/account").status_code == 401
    with Api(sim.url, sim.accounts[0].tokens[1]) as sibling:
        assert sibling.get("/v1/account").status_code == 200
    sim.set_account("sim-1", revoked=False, webhook_secret="whsec_bmV3IHNlY3JldA==")
    assert api.get("/v1/webhooks/default/secret").json() == {"key": "whsec_bmV3IHNlY3JldA=="}
    assert sim.stats()["accounts"][0]["refused"] == 3
    for changes in ({"credit": "plenty"}, {"blocked": 3}, {"webhook_secret": "x"}, {"money": 1}):
        with pytest.raises(ValueError, match="validation error"):
            sim.set_account("sim-1", **changes)
    with pytest.raises(ValueError, match="no account"):
        sim.set_account("nobody", credit="ok")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer r8_wrong", "Basic r8_wrong"])
def test_without_a_valid_token_everything_is_401(sim: SimulatorServer, header: str) -> None:
    for path in ("/v1/account", "/v1/predictions", "/v1/nothing"):
        answer = httpx.get(f"{sim.url}{path}", headers={"authorization": header})
        assert answer.status_code == 401
        assert answer.json()["title"] == "Unauthenticated"


def test_settings_that_may_change(sim: SimulatorServer) -> None:
    sim.configure(run_seconds=[1, 2])
    assert sim.state()["config"]["run_seconds"] == [1, 2]
    for changes in ({"seed": 3}, {"run_seconds": [3, 1]}, {"speed": 0}):
        with pytest.raises(ValueError, match=r"cannot change|validation error"):
            sim.configure(**changes)
