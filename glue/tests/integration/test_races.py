"""What only connections at the same time can show: limits are exact, a locked row is never "no token", nothing deadlocks."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.support import PATIENCE_SECONDS

_SUBMIT = (
    "select public.submit_generation('acme/painter', '{\"prompt\": \"x\"}', p_user_id => %s, p_idempotency_key => %s)"
)
_CLAIM = "select * from basepool.claim_generations(%s, %s)"


def _user(number: int) -> UUID:
    return UUID(int=number)


def _connect(url: str) -> psycopg.Connection[dict[str, Any]]:
    return psycopg.connect(url, autocommit=True, row_factory=dict_row)


def _at_once(url: str, count: int, work: Callable[[psycopg.Connection[dict[str, Any]], int], Any]) -> list[Any]:
    """Run `work` on `count` connections that all start at the same moment. Returns what each returned or raised."""
    barrier = threading.Barrier(count)

    def run(number: int) -> Any:
        with _connect(url) as connection:
            barrier.wait(PATIENCE_SECONDS)
            try:
                return work(connection, number)
            except psycopg.Error as error:
                return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def _add_tokens(connection: psycopg.Connection[Any], count: int, max_in_flight: int, per_minute: int = 100_000) -> None:
    for number in range(count):
        connection.execute(
            "select basepool.add_token(%s, %s, 'user', null, %s)",
            (f"r8_token_number_{number}", f"sim-{number}", max_in_flight),
        )
    connection.execute("update basepool.accounts set creates_per_minute = %s", [per_minute])


def _submit(connection: psycopg.Connection[Any], count: int) -> None:
    """`count` generations, each of a user of its own."""
    for number in range(count):
        connection.execute(_SUBMIT, (_user(1000 + number), None))


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    with _connect(database_url) as connection:
        yield connection


def test_twenty_submits_at_once_admit_exactly_five(
    database_url: str, owner: psycopg.Connection[dict[str, Any]]
) -> None:
    results = _at_once(database_url, 20, lambda connection, _: connection.execute(_SUBMIT, (_user(1), None)).fetchone())

    refused = [result for result in results if isinstance(result, psycopg.Error)]
    assert len(results) - len(refused) == 5
    assert {error.sqlstate for error in refused} == {"PT429"}
    assert owner.execute("select count(*) as n from public.generations").fetchone() == {"n": 5}
    assert owner.execute("select count(*) as n from basepool.queue").fetchone() == {"n": 5}


def test_a_submit_repeated_at_the_same_moment_is_one_generation(
    database_url: str, owner: psycopg.Connection[dict[str, Any]]
) -> None:
    results = _at_once(database_url, 12, lambda connection, _: connection.execute(_SUBMIT, (_user(1), "k")).fetchone())

    assert not [result for result in results if isinstance(result, psycopg.Error)]
    assert len({result["submit_generation"] for result in results}) == 1
    assert owner.execute("select count(*) as n from public.generations").fetchone() == {"n": 1}


def test_a_locked_limiter_is_waited_for_and_never_reported_as_no_token(
    database_url: str, owner: psycopg.Connection[dict[str, Any]]
) -> None:
    _add_tokens(owner, 1, 10)
    _submit(owner, 1)
    with _connect(database_url) as holder, ThreadPoolExecutor(1) as pool, _connect(database_url) as claimer:
        holder.execute("begin")
        holder.execute("select from basepool.limiters for update")
        claim = pool.submit(lambda: claimer.execute(_CLAIM, ("late", 1)).fetchall())
        while not owner.execute(
            "select from pg_stat_activity where wait_event_type = 'Lock' and pid = %s", [claimer.info.backend_pid]
        ).fetchall():
            assert not claim.done()
        holder.execute("commit")
        assert [row["answer"] for row in claim.result(PATIENCE_SECONDS)] == ["lease"]


def test_a_locked_token_keeps_no_claim_waiting(database_url: str, owner: psycopg.Connection[dict[str, Any]]) -> None:
    """An operator may be at the row of a token or of its account: what a claim locks is the limiter."""
    _add_tokens(owner, 1, 10)
    _submit(owner, 1)
    with _connect(database_url) as holder:
        holder.execute("begin")
        holder.execute("select from public.replicate_tokens for update")
        holder.execute("select from basepool.accounts for update")
        owner.execute("set lock_timeout = '1ms'")
        assert [row["answer"] for row in owner.execute(_CLAIM, ("quick", 1)).fetchall()] == ["lease"]


def test_one_search_per_account_is_under_way_and_nobody_waits_for_it(
    database_url: str, owner: psycopg.Connection[dict[str, Any]]
) -> None:
    search = "select search_id from basepool.claim_searches(%s, 5)"
    _add_tokens(owner, 1, 10)
    _submit(owner, 1)
    [lease] = owner.execute(_CLAIM, ("lost", 1)).fetchall()
    owner.execute("select basepool.record_rejected(%s, 'transport', null, 'reset: gone')", [lease["attempt_id"]])
    owner.execute("update basepool.lost_attempts set search_at = now()")

    found = _at_once(
        database_url, 8, lambda connection, number: connection.execute(search, (f"worker {number}",)).fetchall()
    )
    assert sorted(map(len, found)) == [0] * 7 + [1]

    # its worker seems dead, and says something at the very moment when another one takes over
    owner.execute("update basepool.searches set leased_until = now() - interval '1 second'")
    with _connect(database_url) as late:
        late.execute("begin")
        late.execute("update basepool.searches set pages = pages + 1")
        owner.execute("set lock_timeout = '1ms'")
        assert owner.execute(search, ("next",)).fetchall() == []
        late.execute("commit")
    assert len(owner.execute(search, ("next",)).fetchall()) == 1


def test_thirty_two_claimers_get_all_and_share_the_tokens(
    database_url: str, owner: psycopg.Connection[dict[str, Any]]
) -> None:
    _add_tokens(owner, 5, 100)
    _submit(owner, 320)

    def claim_ten(connection: psycopg.Connection[dict[str, Any]], number: int) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while len(rows) < 10:
            rows += connection.execute(_CLAIM, (f"worker-{number}", 1)).fetchall()
        return rows

    results = _at_once(database_url, 32, claim_ten)

    assert not [result for result in results if isinstance(result, psycopg.Error)]
    answers = Counter(row["answer"] for rows in results for row in rows)
    leases = [row for rows in results for row in rows if row["answer"] == "lease"]
    assert answers["busy"] == answers["dead"] == 0, answers
    assert len(leases) == len({row["generation_id"] for row in leases})
    # a claim that found the rest of the queue locked said "empty"; what is left is there for the next one
    while rest := [row for row in owner.execute(_CLAIM, ("last", 100)).fetchall() if row["answer"] == "lease"]:
        leases += rest
    assert len(leases) == 320
    shares = Counter(row["token_id"] for row in leases)
    assert max(shares.values()) - min(shares.values()) <= 0.05 * 64, shares


def test_no_limit_is_exceeded_whatever_happens_at_the_same_time(
    database_url: str, owner: psycopg.Connection[dict[str, Any]]
) -> None:
    """Claims, answers, failures, cancels, cleanups, token changes and killed connections, all at once."""
    _add_tokens(owner, 3, 4)
    _submit(owner, 200)
    owner.execute("update basepool.user_limits set max_active = 1000")
    exceeded: list[Any] = []
    errors: list[psycopg.Error] = []
    stop = threading.Event()

    def watch() -> None:
        with _connect(database_url) as connection:
            while not stop.is_set():
                exceeded.extend(
                    connection.execute(
                        "select token_id, count(*) from basepool.seats where attempt_id is not null"
                        " group by token_id having count(*) > 4"
                    ).fetchall()
                )

    def work(seed: int) -> None:
        chance = random.Random(seed)
        connection = _connect(database_url)
        for step in range(60):
            try:
                if connection.closed:
                    connection = _connect(database_url)
                connection.execute("set statement_timeout = '20s'")
                one_step(connection, chance, f"p-{seed}-{step}")
            except psycopg.OperationalError:
                connection.close()
            except psycopg.Error as error:
                errors.append(error)
        connection.close()

    def one_step(connection: psycopg.Connection[dict[str, Any]], chance: random.Random, name: str) -> None:
        kind = chance.random()
        if kind < 0.05:
            # dies in the middle of a claim
            connection.execute("begin")
            connection.execute(_CLAIM, (name, 3))
            connection.close()
        elif kind < 0.10:
            token = connection.execute(
                "select token_id from basepool.list_tokens() order by random() limit 1"
            ).fetchone()
            assert token is not None
            connection.execute("select basepool.disable_token(%s)", [token["token_id"]])
            connection.execute("select basepool.enable_token(%s)", [token["token_id"]])
        elif kind < 0.15:
            connection.execute("select basepool.run_job(%s)", [chance.choice(["cleanup", "rollup", "prune"])])
        elif kind < 0.20:
            connection.execute(
                "select basepool.cancel_for_user(id) from public.generations"
                " where status = 'pending' order by random() limit 1"
            )
        else:
            for lease in connection.execute(_CLAIM, (name, chance.choice([1, 1, 5]))).fetchall():
                if lease["answer"] == "lease":
                    finish(connection, chance, lease["attempt_id"], f"{name}-{lease['attempt_id']}")

    def finish(connection: psycopg.Connection[dict[str, Any]], chance: random.Random, attempt: UUID, name: str) -> None:
        match chance.choice(["success", "success", "interrupted", "401", "429", "422"]):
            case "success":
                for status in ("starting", "processing", "succeeded"):
                    connection.execute(
                        "select basepool.apply_prediction(%s, jsonb_build_object('id', %s::text, 'status', %s::text), 'poll')",
                        (attempt, name, status),
                    )
            case "interrupted":
                connection.execute(
                    "select basepool.apply_prediction(%s, jsonb_build_object('id', %s::text, 'status', 'failed'"
                    ", 'error', 'Prediction interrupted'), 'poll')",
                    (attempt, name),
                )
            case status:
                body = '{"detail": "x", "retry_after": 0}'
                connection.execute("select basepool.record_rejected(%s, 'http', %s, %s)", (attempt, int(status), body))

    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(work, range(12)))
    stop.set()
    watcher.join()

    # PT409: a cancel came when the generation had just finished; TP023: an answer, when it had just been cancelled. Anything
    # else (a deadlock above all) is a fault
    assert [error for error in errors if error.sqlstate not in {"PT409", "TP023"}] == []
    assert exceeded == []
    # the tokens' own counters follow with the roll-up
    owner.execute("select basepool.run_job('rollup')")
    assert (
        owner.execute(
            "select t.id from public.replicate_tokens as t where t.request_count <>"
            " (select count(*) from basepool._all_attempts() as a where a.token_id = t.id)"
        ).fetchall()
        == []
    )
    # what was claimed stays pending until the answer is recorded: it waits, or it has a seat, and never both. One that was
    # cancelled while a claim had it that died is still in line, until the next claim drops it
    owner.execute(
        "delete from basepool.queue as q using public.generations as g where g.id = q.generation_id and g.status = 'cancelled'"
    )
    assert (
        owner.execute(
            "select g.id, g.status, s.state from public.generations as g"
            " left join basepool.queue as q on q.generation_id = g.id"
            " left join basepool.seats as s on s.generation_id = g.id"
            " where (q.generation_id is not null and s.id is not null)"
            " or (g.status = 'pending') <> (q.generation_id is not null or coalesce(s.state <> 'running', false))"
            " or (g.status = 'processing') <> coalesce(s.state = 'running', false)"
        ).fetchall()
        == []
    )


def test_asking_keeps_no_claim_from_a_token_of_an_account_with_nothing_due(database_url: str) -> None:
    """A claim passes over a token whose account is locked, so that one question could send a whole batch to others."""
    with _connect(database_url) as claimer, psycopg.connect(database_url) as asker:
        for number in (1, 2):
            claimer.execute("select basepool.add_token(%s, %s)", (f"r8_token_number_{number}", f"sim-{number}"))
        for question in ("claim_checks(9)", "claim_cancellations(9)", "claim_searches('asker', 9)", "claim_probes(9)"):
            asker.execute(f"select basepool.{question}".encode())
        free = claimer.execute("select id from basepool.accounts for no key update nowait").fetchall()
    assert len(free) == 2


def test_roll_ups_at_the_same_time_count_each_attempt_once(
    database_url: str, owner: psycopg.Connection[dict[str, Any]]
) -> None:
    """pg_cron's and an operator's; the tokens' own counters are added to."""
    _add_tokens(owner, 1, 100)
    _submit(owner, 50)
    owner.execute(_CLAIM, ("some", 50))
    _at_once(database_url, 8, lambda connection, _: connection.execute("select basepool.run_job('rollup')"))
    assert owner.execute("select request_count from public.replicate_tokens").fetchall() == [{"request_count": 50}]
