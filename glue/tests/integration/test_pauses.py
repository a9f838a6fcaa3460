"""What rests, and how it ends: accounts that Replicate refuses, and what a person pauses. With real workers and commands."""

from __future__ import annotations

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from basepool.simulator import SimulatorServer
from tests.support import Owner, basepool, eventually, running, serving, user


def _one_account(owner: Owner, *, seats: int = 10) -> int:
    """Only the first token is in the pool. Returns its id."""
    first, *others = (id for (id,) in owner.rows("select id from public.replicate_tokens order by id"))
    for id in others:
        owner.rows("select basepool.remove_token(%s)", id)
    owner.rows("select basepool.limit_token(%s, %s)", first, seats)
    return int(first)


def _all_done(owner: Owner, count: int) -> bool:
    return owner.statuses() == {"completed": count}


def test_calls_that_are_refused_together_are_one_incident_and_the_operators_word_ends_it(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    token = _one_account(owner)
    replicate.set_account("sim-1", credit="none")
    with serving(**glue_environment) as url:
        for number in range(6):
            owner.submit(number, f"number {number}")
        # one dispatch has them all under way together
        assert basepool("run-job", "dispatch", **glue_environment, WORKER_CONCURRENCY="5").returncode == 0
        assert owner.value("select count(*) from basepool.attempts where error_rule = 'no-credit'") == 5
        [(streak, seconds)] = owner.rows(
            "select failure_streak, extract(epoch from cooldown_until - cooled_at) from basepool.accounts"
            " where cooldown_until is not null"
        )
        assert streak == 1
        assert 600 <= seconds <= 661
        assert "cooling" in basepool("tokens", "list", **glue_environment).stdout
        # it is paid
        replicate.set_account("sim-1", credit="ok")
        enabled = basepool("tokens", "enable", str(token), **glue_environment)
        assert "the cooldown of its account is over" in enabled.stdout, enabled.stderr
        with running("work", **glue_environment, PUBLIC_URL=url):
            eventually(lambda: _all_done(owner, 6), "all six")


def test_who_has_paid_is_found_out_by_itself(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    _one_account(owner)
    replicate.set_account("sim-1", credit="none")
    for number in range(3):
        owner.submit(number, f"number {number}")
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url) as worker:
        eventually(lambda: owner.value("select max(failure_streak) from basepool.accounts") == 1, "the cooldown")
        # a minute passes
        owner.rows(
            "update basepool.accounts set cooled_at = cooled_at - interval '1 minute' where cooled_at is not null"
        )
        eventually(lambda: owner.value("select max(failure_streak) from basepool.accounts") == 2, "a try in vain")
        replicate.set_account("sim-1", credit="ok")
        owner.rows(
            "update basepool.accounts set cooled_at = cooled_at - interval '1 minute' where cooled_at is not null"
        )
        owner.rows("update public.replicate_tokens set probed_at = null")
        eventually(lambda: _all_done(owner, 3), "all three")
        assert "was asked about: half-open" in worker.said()
    assert owner.value("select max(failure_streak) from basepool.accounts") == 0


def test_a_second_429_rests_as_long_as_it_says(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    _one_account(owner)
    replicate.set_faults({}, {"throttled=2": 2})
    owner.submit(1)
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(
            lambda: owner.value("select count(*) from basepool.attempts where error_rule = 'throttled'") == 2, "both"
        )
        left = owner.value(
            "select extract(epoch from max(c.cooldown_until) - max(a.finished_at))"
            " from basepool.accounts as c cross join basepool.attempts as a"
        )
        assert left is None or left < 30
        eventually(lambda: _all_done(owner, 1), "its end")


def test_a_throttled_account_is_asked_one_at_a_time_whatever_burst_it_has(
    glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    token = _one_account(owner, seats=50)
    owner.rows("select basepool.limit_token(%s, null, null, 600, 5)", token)
    replicate.set_account("sim-1", credit="low")
    for number in range(8):
        owner.submit(number, f"number {number}")
    refused = "select count(*) from basepool.attempts where http_status = 429"
    with serving(**glue_environment) as url, running("work", **glue_environment, PUBLIC_URL=url):
        eventually(lambda: owner.value(refused) > 0, "the throttle")
        # what was under way when it was announced
        under_way = "select count(*) from basepool.seats where attempt_id is not null and state = 'submitting'"
        eventually(lambda: owner.value(under_way) == 0, "their answers")
        before = owner.value(refused)
        completed = owner.statuses().get("completed", 0)
        eventually(lambda: owner.statuses().get("completed", 0) >= completed + 2, "two more, as the throttle allows")
        # it is refused at most when it is tried, not five at a time
        assert owner.value(refused) <= before + 2
    assert owner.value("select max(throttled_burst) from basepool.accounts") == 1


@pytest.fixture
def busy(glue_environment: dict[str, str], owner: Owner, replicate: SimulatorServer) -> dict[str, str]:
    """A pool with plenty of places."""
    owner.rows("update public.replicate_tokens set max_in_flight = 50")
    owner.rows("select basepool.configure('{\"user_active_limit\": 1000}')")
    return glue_environment


def test_the_pool_is_paused_and_resumed(busy: dict[str, str], owner: Owner, replicate: SimulatorServer) -> None:
    with serving(**busy) as url, running("work", **busy, PUBLIC_URL=url):
        owner.submit(1, "slow [sim:run=40]")
        eventually(lambda: owner.statuses() == {"processing": 1}, "its start")
        paused = basepool("pause", "--until", "2h", "--reason", "a new release", **busy)
        assert paused.stdout == "the pool: paused, 1 still in flight\n", paused.stderr
        id = owner.submit(2)
        eventually(lambda: owner.statuses() == {"completed": 1, "pending": 1}, "the end of what was in flight")
        status = " ".join(basepool("status", **busy).stdout.split())
        assert "PAUSED" in status
        assert "a new release" in status
        assert "the pool is paused by" in " ".join(basepool("why", str(id), **busy).stdout.split())
        listed = json.loads(basepool("tokens", "list", "--json", **busy).stdout)
        assert {each["state"] for each in listed} == {"paused"}
        [(by,)] = owner.rows("select paused_by from basepool.pauses")
        assert re.fullmatch(r"basepool \S+@\S+ \(basepool_glue\)", by), by
        eventually(
            lambda: "the pool is paused" in basepool("workers", **busy).stdout.replace("\n", " "),
            "that the worker says it",
        )
        assert owner.value("select count(*) from basepool._all_attempts()") == 1
        resumed = basepool("resume", **busy)
        assert resumed.stdout == "the pool: resumed\n"
        eventually(lambda: _all_done(owner, 2), "the other")
        assert json.loads(basepool("resume", "--json", **busy).stdout) == {
            "kind": "pool",
            "name": None,
            "result": "was not paused",
        }


def test_a_model_a_user_and_an_account_are_paused_and_the_others_go_on(
    busy: dict[str, str], owner: Owner, replicate: SimulatorServer
) -> None:
    for options, said in (
        (("--model", "acme/film"), "model acme/film: paused\n"),
        (("--user", str(user(7))), f"user {user(7)}: paused\n"),
        (("--account", "sim-2", "--reason", "it changes hands"), "account sim-2: paused\n"),
    ):
        assert basepool("pause", *options, **busy).stdout == said
    for number in range(10):
        owner.submit(number, f"number {number}", "acme/film" if number % 2 == 0 else "acme/painter")
    with serving(**busy) as url, running("work", **busy, PUBLIC_URL=url):
        eventually(lambda: owner.statuses() == {"completed": 4, "pending": 6}, "the others")
        assert owner.value("select count(*) from basepool.queue where parked_for is not null") == 6
        assert "6 held back" in " ".join(basepool("status", **busy).stdout.split())
        assert owner.value(
            "select count(*) from basepool.attempts as a inner join basepool.accounts as c on c.id = a.account_id"
            " where c.username = 'sim-2'"
        ) == 0  # fmt: skip
        assert "5 wait with the others again" in basepool("resume", "--model", "acme/film", **busy).stdout
        eventually(lambda: owner.statuses() == {"completed": 9, "pending": 1}, "the film")
        assert basepool("resume", "--account", "sim-2", **busy).stdout == "account sim-2: resumed\n"
        assert basepool("resume", "--user", str(user(7)), **busy).returncode == 0
        eventually(lambda: _all_done(owner, 10), "all")
    assert replicate.stats()["charged_more_than_once"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("pause", "--model", "a/b", "--user", str(user(1))), "TP020", "--model and --user at once"),
        (("pause", "--until", "soon"), "TP020", "is no time"),
        (("pause", "--until", "2020-01-01"), "PT400", "which is over"),
        (("pause", "--model", "film"), "PT400", "unknown model syntax"),
        (("pause", "--account", "nobody"), "PT404", "there is no account 'nobody'"),
        (("resume", "--account", "nobody"), "PT404", "there is no account 'nobody'"),
        (("pause", "--user", "alice"), "TP020", "alice"),
    ],
)
def test_what_can_not_be_paused_is_said(glue_url: str, arguments: tuple[str, ...], code: str, said: str) -> None:
    done = basepool(*arguments, DATABASE_URL=glue_url)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error {code}: ")
    assert said in done.stderr


def test_nothing_is_left_behind_by_pauses_beside_claims(database_url: str, owner: Owner) -> None:
    """People pause and resume while many claim: what was parked always comes back."""
    for number in range(3):
        owner.rows("select basepool.add_token(%s, %s, 'user', null, 200)", f"r8_token_number_{number}", f"sim-{number}")
    owner.rows("update basepool.accounts set creates_per_minute = 1000000, burst = 100000")
    owner.rows("select basepool.configure('{\"user_active_limit\": 100000}')")
    stop = threading.Event()

    def submit() -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            for number in range(600):
                connection.execute(
                    "select public.submit_generation(%s, '{}', p_user_id => %s)",
                    ("acme/film" if number % 2 else "acme/painter", user(number % 7)),
                )

    def pause(kind: str, name: str) -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            for _ in range(30):
                connection.execute("select basepool.pause(%s, %s)", (kind, name))
                connection.execute("select pg_sleep(0.02)")
                connection.execute("select basepool.resume(%s, %s)", (kind, name))

    def claim(number: int) -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            while True:
                is_last = stop.is_set()
                leases = connection.execute(
                    "select answer, attempt_id from basepool.claim_generations(%s, 5)", [f"worker-{number}"]
                ).fetchall()
                if is_last and leases and leases[0][0] == "empty":
                    return
                for answer, attempt in leases:
                    if answer == "lease":
                        connection.execute(
                            "select basepool.apply_prediction(%s, jsonb_build_object('id', %s::text, 'status', 'succeeded'"
                            ", 'output', '[\"https://x/1\"]'::jsonb), 'poll')",
                            (attempt, str(attempt)),
                        )

    with ThreadPoolExecutor(10) as pool:
        claims = [pool.submit(claim, number) for number in range(6)]
        tasks = [
            pool.submit(submit),
            pool.submit(pause, "model", "acme/film"),
            pool.submit(pause, "user", str(user(3))),
        ]
        for task in tasks:
            task.result()
        stop.set()
        for task in claims:
            task.result()
    assert owner.value("select count(*) from basepool.queue") == 0
    assert owner.statuses() == {"completed": 600}
    assert owner.value("select count(*) from basepool.attempts") == 600
