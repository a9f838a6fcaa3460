"""What only connections at the same time can show of the acts of operators: a dry run is carried out once, nothing deadlocks,
and a claim beside them goes by what counts."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.support import PATIENCE_SECONDS, Owner, user

_ACT = "select basepool.act_on_generations(%s, %s, %s, %s)"
_FAILED = Jsonb({"tab": "failed"})


def _at_once(url: str, *calls: tuple[str, list[Any]], times: int = 1) -> list[Any]:
    """Each of the calls on a connection of its own, all at once. Returns what the last of each returned, or raised."""
    barrier = threading.Barrier(len(calls))

    def run(call: tuple[str, list[Any]]) -> Any:
        with psycopg.connect(url, autocommit=True) as connection:
            barrier.wait(PATIENCE_SECONDS)
            rows: list[Any] = []
            try:
                for _ in range(times):
                    rows = connection.execute(call[0].encode(), call[1]).fetchall()
            except psycopg.Error as error:
                return error
            return rows

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture
def dead(owner: Owner) -> Owner:
    """Forty that failed, of ten users in an order that differs from time to time."""
    owner.rows("select basepool.configure('{\"user_active_limit\": 1000}')")
    owner.rows("select basepool.add_token('r8_token_number_1', 'account-1', 'user', null, 50)")
    for number in range(40):
        owner.submit(number * 7 % 10 if number < 20 else number * 3 % 10)
    owner.rows("update public.generations set status = 'failed', completed_at = now()")
    return owner


def test_operators_who_commit_the_same_dry_run_at_once_do_it_once(database_url: str, dead: Owner) -> None:
    seen = dead.value(_ACT, "anna", "retry", _FAILED, None)
    assert seen["matched"] == 40
    done = _at_once(database_url, *[(_ACT, ["anna", "retry", _FAILED, seen["dry_run"]])] * 5)

    refused = [each for each in done if isinstance(each, psycopg.Error)]
    assert [error.sqlstate for error in refused] == ["TP068"] * 4
    [[[said]]] = [each for each in done if not isinstance(each, psycopg.Error)]
    assert said["done"] == {"retried": 40}
    assert dead.value("select count(*) from public.generations where retry_of is not null") == 40
    assert dead.value("select count(*) from basepool.audit where action = 'retry'") == 1


def test_two_who_retry_many_of_the_same_users_do_not_deadlock(database_url: str, dead: Owner) -> None:
    ids = [str(id) for (id,) in dead.rows("select id from public.generations order by created_at")]
    calls = []
    for actor, some in (("anna", ids[:20]), ("bob", ids[20:])):
        given = Jsonb({"ids": some})
        calls.append((_ACT, [actor, "retry", given, dead.value(_ACT, actor, "retry", given, None)["dry_run"]]))
    calls.append(("select count(*) from basepool.retry_generations(%s)", [ids]))
    done = _at_once(database_url, *calls)
    assert [each for each in done if isinstance(each, psycopg.Error)] == []
    assert dead.value("select count(*) from public.generations where retry_of is not null") == 40


def test_claims_and_ends_beside_the_acts_of_operators_lose_nothing(database_url: str, owner: Owner) -> None:
    owner.rows("select basepool.configure('{\"user_active_limit\": 1000}')")
    for number in (1, 2):
        owner.rows(
            "select basepool.add_token(%s, %s, 'user', null, 5)", f"r8_token_number_{number}", f"account-{number}"
        )
    owner.rows("update basepool.accounts set creates_per_minute = 100000, burst = 10000")
    for number in range(60):
        owner.submit(number % 6)
    act, waiting = "select basepool.act_on_token(%s, 1, %s, %s)", Jsonb({"tab": "waiting", "user_id": str(user(3))})
    cancel = owner.value(_ACT, "anna", "cancel", waiting, None)
    ends = """
        select basepool.apply_prediction(s.attempt_id, jsonb_build_object('id', s.attempt_id, 'status', 'succeeded'), 'poll')
        from basepool.seats as s where s.attempt_id is not null
    """
    claim: tuple[str, list[Any]] = ("select answer from basepool.claim_generations('w', 3)", [])
    done = _at_once(
        database_url,
        claim,
        claim,
        (ends, []),
        (act, ["anna", "disable", None]),
        (act, ["bob", "enable", None]),
        (act, ["carol", "limit", 3]),
        (act, ["anna", "probe", None]),
        times=8,
    )
    assert [each for each in done if isinstance(each, psycopg.Error)] == []
    [[said]] = owner.rows(_ACT, "anna", "cancel", waiting, cancel["dry_run"])
    assert sum(said["done"].values()) == cancel["matched"]

    # what counts in the end counts for the next claim
    assert owner.value(act, "anna", "disable", None)["token"]["is_active"] is False
    leased = owner.rows("select token_id, answer from basepool.claim_generations('w', 20)")
    assert {token for token, answer in leased if answer == "lease"} <= {2}
    assert owner.value("select count(*) from basepool.audit where action like 'tokens %%' and actor is not null") == 33
    [[waits, runs]] = owner.rows(
        "select count(*) filter (where q.generation_id is not null), count(*) filter (where s.id is not null)"
        " from public.generations as g left join basepool.queue as q on q.generation_id = g.id"
        " left join basepool.seats as s on s.generation_id = g.id where g.status in ('pending', 'processing')"
    )
    assert waits + runs == owner.value(
        "select count(*) from public.generations where status in ('pending', 'processing')"
    )
