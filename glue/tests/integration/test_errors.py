"""What errors mean, text by text: the rules, and each through a whole life, from its submit to its end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from basepool.replicate import Rejected
from basepool.simulator import SimulatorServer
from tests.support import Owner, eventually, running, serving

_ERRORS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "cases" / "errors.json").read_text())
_OF_PREDICTIONS = [error for error in _ERRORS if error["source"] == "prediction"]


@pytest.fixture
def impatient(owner: Owner) -> None:
    """Nobody waits between two tries."""
    owner.rows("update basepool.error_rules set retry_after = '0 seconds' where action = 'retry'")


def test_a_refusal_of_any_length_can_be_recorded() -> None:
    refusal = Rejected(403, "{\0" + "x" * 5_000_000 + "}")
    assert (refusal.body[:2], refusal.body[-1], len(refusal.body)) == ("{\N{REPLACEMENT CHARACTER}", "}", 20_001)


def test_each_text_is_classified(owner: Owner) -> None:
    for error in _ERRORS:
        [row] = owner.rows(
            "select (r.c).name, (r.c).action from (select basepool._classify_error(%s, %s, %s) as c) as r",
            error["source"],
            error["status"],
            error["text"],
        )
        assert row == (error["rule"], error["action"]), (error["status"], error["text"][:200])


@pytest.mark.usefixtures("impatient")
def test_each_failed_prediction_is_tried_as_often_as_its_text_says(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    retries = dict(
        owner.rows("select name, least(max_retries, 3) from basepool.error_rules where max_retries is not null")
    )
    # the others are tried until the model works again: test_breakers.py
    bounded = [error for error in _OF_PREDICTIONS if error["rule"] in retries]
    assert len(bounded) < len(_OF_PREDICTIONS)
    replicate.configure(
        run_seconds=(0, 0.1),
        scripts={f"errors/number-{number}": {"error": error["text"]} for number, error in enumerate(bounded)},
    )
    for number in range(len(bounded)):
        owner.submit(number, "an error", f"errors/number-{number}")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(lambda: owner.statuses() == {"failed": len(bounded)}, "every end")
    # a create that a busy machine could not send in time never arrived, and is no try
    tries = dict(
        owner.rows(
            "select g.replicate_model, array_agg(a.error_rule) from public.generations as g"
            " inner join basepool.attempts as a on a.generation_id = g.id where a.prediction_id is not null group by 1"
        )
    )
    for number, error in enumerate(bounded):
        rule = error["rule"]
        assert tries[f"errors/number-{number}"] == [rule] * (1 + retries[rule]), error["text"][:200]
    assert replicate.stats(predictions=False)["totals"]["creates"] == sum(len(seen) for seen in tries.values())


def test_a_status_that_is_no_refusal_buys_nothing_twice(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """The answer says nothing of it, but the prediction was made: its own webhook brings it home, after the answer."""
    statuses = [408, 409, 425, 499, 502, 503, 505, 507, 520, 525, 530]
    for status in statuses:
        owner.submit(status, f"a cat [sim:server_error_after_create={status}][sim:start=30]")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(lambda: owner.statuses() == {"completed": len(statuses)}, "their ends")
    assert replicate.stats(predictions=False)["totals"]["creates"] == len(statuses)
    assert owner.rows("select http_status, prediction_status from basepool.attempts order by http_status") == [
        (status, "succeeded") for status in statuses
    ]


def test_a_refusal_of_the_api_is_no_page_of_the_edge(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    """Trying again can't help; what was refused says why, and the one beside it ends right."""
    refusal = {"title": "Forbidden", "detail": "You do not have permission to perform this action.", "status": 403}
    replicate.answer_raw({"on": ["create"], "about": "<refused>", "status": 403, "body": json.dumps(refusal)})
    # it is made all the same, and would be a late success
    owner.submit(1, "<refused> [sim:webhook_lost]")
    owner.submit(2, "a cat")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(lambda: owner.statuses() == {"failed": 1, "completed": 1}, "both ends")
    [(attempts, rule, error)] = owner.rows(
        "select count(*), min(a.error_rule), min(a.error) from basepool.attempts as a"
        " inner join public.generations as g on g.id = a.generation_id where g.status = 'failed'"
    )
    assert (attempts, rule) == (1, "forbidden")
    assert "You do not have permission" in error


def test_what_a_person_reads_of_a_vendors_page_is_no_page(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    owner.rows("update basepool.error_rules set action = 'fail', max_retries = 0 where name = 'upstream-down'")
    page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
    replicate.configure(scripts={"acme/passing-on": {"error": page}})
    owner.submit(1, "a cat", "acme/passing-on")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(lambda: owner.statuses() == {"failed": 1}, "its end")
    assert (
        owner.value("select error_message from public.generations") == "an HTML page: 502 Bad Gateway 502 Bad Gateway"
    )
