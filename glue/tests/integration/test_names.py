"""owner/name may be an official model or not, and each of Replicate's routes serves its own kind."""

from __future__ import annotations

from typing import Any

import pytest

from basepool.config import Settings
from basepool.replicate import Rejected, Replicate
from basepool.simulator import SimulatorServer
from tests.integration.test_replicate import _lease
from tests.support import Owner, basepool, eventually, running, serving


def _errors(owner: Owner) -> list[tuple[Any, ...]]:
    return owner.rows("select error_rule from basepool.attempts order by attempt_no, leased_at")


@pytest.mark.parametrize("takes_names", [True, False])
def test_a_community_model_runs_by_its_name_and_is_remembered(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer, takes_names: bool
) -> None:
    replicate.configure(community_models=["acme/painter"], community_names=takes_names)
    owner.submit(1, "the first")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(lambda: owner.statuses() == {"completed": 1}, "the first one's end")
        for number in range(2, 8):
            owner.submit(number, f"number {number}")
        owner.submit(8, "official", "acme/official")
        eventually(lambda: owner.statuses() == {"completed": 8}, "every end")
    refusals = ["other-route"] if takes_names else ["other-route", "version-wanted"]
    assert [rule for (rule,) in _errors(owner) if rule] == refusals
    assert owner.rows("select model, route from basepool.model_routes") == [
        ("acme/painter", "predictions" if takes_names else "latest")
    ]
    stats = replicate.stats()
    assert stats["totals"]["creates"] == 8
    assert stats["charged_more_than_once"] == []
    # nobody is blamed for it
    assert owner.value("select sum(error_count) from public.replicate_tokens") == 0


def test_many_at_once_learn_it_together(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    replicate.configure(community_models=[f"acme/number-{number}" for number in range(3)])
    for number in range(45):
        owner.submit(number, f"number {number}", f"acme/number-{number % 3}")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(lambda: owner.statuses() == {"completed": 45}, "all 45")
    assert replicate.stats()["totals"]["creates"] == 45
    assert replicate.stats()["charged_more_than_once"] == []


def test_a_name_that_is_none_fails_and_says_so(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    replicate.configure(missing_models=["acme/nothing"])
    owner.submit(1, "a cat", "acme/nothing")

    def is_over() -> bool:
        # a call that a busy machine sends too late is given back
        done = basepool("work", "--once", **glue_environment)
        assert done.returncode == 0, done.stderr
        return owner.statuses() == {"failed": 1}

    eventually(is_over, "the failure")
    assert owner.rows("select status, error_message from public.generations") == [
        ("failed", "HTTP 404: The requested resource could not be found.")
    ]
    assert [each for each in _errors(owner) if each != ("sent-too-late",)] == [
        ("other-route",),
        ("version-wanted",),
        ("not-found",),
    ]
    assert replicate.stats()["totals"]["creates"] == 0
    assert owner.rows("select from basepool.model_routes") == []


def test_an_answer_that_is_lost_on_another_route_is_found(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    replicate.configure(community_models=["acme/painter"], community_names=False)
    owner.submit(1, "a cat [sim:reset_after_create]")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(lambda: owner.statuses() == {"completed": 1}, "its end")
    assert replicate.stats()["totals"]["creates"] == 1


async def test_the_latest_version_of_an_official_model_is_not_sent(replicate: SimulatorServer) -> None:
    async with Replicate(Settings(replicate_base_url=replicate.url)) as client:
        with pytest.raises(Rejected) as refused:
            await client.create(_lease(replicate.tokens[0], route="latest"), None)
        assert refused.value.status == 404
    assert replicate.stats()["totals"]["creates"] == 0


async def test_what_fails_before_the_version_is_known_was_not_sent(replicate: SimulatorServer) -> None:
    replicate.configure(community_models=["acme/painter"])
    lease = _lease(replicate.tokens[0], route="latest")
    async with Replicate(Settings(replicate_base_url=replicate.url)) as client:
        for fault, raised in {"read_server_error=500": "connect: HTTP 500", "read_unauthorized": "HTTP 401"}.items():
            replicate.set_faults(next={fault: 1})
            with pytest.raises(Exception, match=raised):
                await client.create(lease, None)
        made = await client.create(lease, None)
    assert (made["model"], len(made["version"])) == ("acme/painter", 64)
    assert replicate.stats()["totals"]["creates"] == 1


async def test_the_question_is_asked_with_the_token_of_the_lease(replicate: SimulatorServer) -> None:
    async with Replicate(Settings(replicate_base_url=replicate.url)) as client:
        with pytest.raises(Rejected) as refused:
            await client.create(_lease("r8_not_a_token", route="latest"), None)
        assert refused.value.status == 401
