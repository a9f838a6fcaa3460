"""The diagrams of docs/states.md: their states are those that the constraints allow, and each arrow is one that a life goes
along. That no life goes along another is watched in test_life.py."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests import states
from tests.integration.test_life import Life
from tests.states import NOTHING, Arrow

# an attempt in flight is in its seat, one that is over in the history
_THINGS = {
    "Generation": [("public.generations", "status")],
    "Attempt": [("basepool.seats", "state"), ("basepool.attempts", "state")],
}
_ENDS = ("succeeded", "failed", "canceled", "aborted")
_A_LONG_TIME = 3000

Story = Callable[[Life], None]


def _hears(life: Life) -> None:
    """A webhook brings what Replicate has to say about the first prediction."""
    prediction = life.predictions[0]
    life._call(
        "select basepool.apply_prediction(%s, %s, 'webhook', %s)",
        prediction.attempt, Jsonb(prediction.now), f"{prediction.id} {prediction.now['status']}",
    )  # fmt: skip


def _is_sent(life: Life) -> None:
    life.claim()
    life.replicate_creates()


def _runs(life: Life) -> None:
    _is_sent(life)
    life.the_answer_comes(True)


def _is_lost(life: Life) -> None:
    _is_sent(life)
    life.the_answer_is_lost(None)


def _ends(reach: Story, end: str) -> Story:
    def story(life: Life) -> None:
        reach(life)
        life.predictions[0].become(end)
        _hears(life)

    return story


def _is_cancelled(reach: Story) -> Story:
    def story(life: Life) -> None:
        reach(life)
        life.the_user_cancels()

    return story


def _waits(_: Life) -> None:
    """It is pending."""


def _is_stuck(life: Life) -> None:
    life.time_passes(_A_LONG_TIME)
    life.the_cleanup_runs()


def _is_refused(life: Life) -> None:
    life.claim()
    life.replicate_says_no(429)


def _is_found(life: Life) -> None:
    _is_lost(life)
    _hears(life)


def _never_arrived(life: Life) -> None:
    life.claim()
    life.the_worker_dies()
    life.time_passes(61)
    life.leases_expire()
    life.time_passes(130)
    life.the_list_is_searched(True)


def _succeeds_after_it_was_failed_as_stuck(life: Life) -> None:
    _runs(life)
    life.predictions[0].become("succeeded")
    _is_stuck(life)
    _hears(life)


def _succeeds_after_it_was_given_up(life: Life) -> None:
    _is_lost(life)
    life.predictions[0].become("succeeded")
    life.time_passes(700)
    life.the_list_is_searched(False)
    _hears(life)


def _is_the_apps_own(life: Life) -> None:
    [(life.generation,)] = life._call(
        "insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, created_at)"
        " values (gen_random_uuid(), 'create', 'm', 'M', 'acme/painter', 'queued', basepool.now()) returning id"
    )


def _is_the_apps_own_and_stuck(life: Life) -> None:
    _is_the_apps_own(life)
    _is_stuck(life)


_STORIES: list[Story] = [
    *(_ends(reach, end) for reach in (_is_sent, _runs, _is_lost) for end in _ENDS),
    *(_is_cancelled(reach) for reach in (_waits, _is_sent, _runs, _is_lost, _is_the_apps_own)),
    _is_stuck,
    _is_refused,
    _is_found,
    _never_arrived,
    _succeeds_after_it_was_failed_as_stuck,
    _succeeds_after_it_was_given_up,
    _is_the_apps_own_and_stuck,
]


@contextmanager
def _life(url: str) -> Iterator[Life]:
    """A life of which nothing remains."""
    with psycopg.connect(url) as connection:
        life = type("Here", (Life,), {"connection": connection})()
        life.begin()
        try:
            yield life
        finally:
            connection.rollback()


@pytest.mark.parametrize("thing", _THINGS)
def test_the_states_are_those_that_the_constraint_allows(database_url: str, thing: str) -> None:
    with psycopg.connect(database_url) as connection:
        constraints = [_constraint(connection, *column) for column in _THINGS[thing]]
    assert {state for arrow in states.drawn(thing) for state in arrow} - {NOTHING} == set(
        re.findall(r"'(\w+)'", " ".join(constraints))
    )


def _constraint(connection: psycopg.Connection, table: str, column: str) -> str:
    [(constraint,)] = connection.execute(
        "select pg_get_constraintdef(c.oid) from pg_constraint as c inner join pg_attribute as a"
        " on a.attrelid = c.conrelid and c.conkey = array[a.attnum]"
        " where c.contype = 'c' and c.conrelid = %s::regclass and a.attname = %s",
        (table, column),
    )
    return str(constraint)


def test_each_arrow_is_one_that_a_life_goes_along_and_they_go_along_no_other(database_url: str) -> None:
    seen: dict[str, set[Arrow]] = {thing: set() for thing in _THINGS}
    for story in _STORIES:
        with _life(database_url) as life:
            story(life)
            for thing, arrows in states.seen(life.connection).items():
                seen[thing] |= arrows
    for thing, arrows in seen.items():
        assert sorted(arrows - states.drawn(thing)) == [], "seen but not drawn"
        assert sorted(states.drawn(thing) - arrows) == [], "drawn but not seen"
