"""The token pool is exact: under 64 claimers, in every minute of an hour, against a plain model and Replicate's own limits."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from psycopg.types.json import Jsonb

from basepool.simulator import SimulatorConfig, SimulatorServer
from tests.support import Owner, basepool, eventually, explore, running, serving

_CLAIMERS = 64
_TOKENS = 5
_LEASES = 2000
_SEATS = 20


def _add_tokens(owner: Owner, count: int, seats: int, per_minute: int = 1_000_000) -> list[int]:
    ids = [
        owner.value(
            "select token_id from basepool.add_token(%s, %s, 'user', null, %s)",
            f"r8_token_number_{n}",
            f"sim-{n}",
            seats,
        )
        for n in range(count)
    ]
    owner.rows("update basepool.accounts set creates_per_minute = %s", per_minute)
    return ids


def _sums_are_exact(owner: Owner) -> None:
    """The tokens' own counters, too, follow with the roll-up."""
    owner.rows("select basepool._roll_up_token_stats()")
    assert (
        owner.rows(
            "select t.id from public.replicate_tokens as t where t.request_count <>"
            " (select count(*) from basepool._all_attempts() as a where a.token_id = t.id)"
        )
        == []
    )
    assert owner.value("select sum(leases) from basepool.token_stats") == owner.value(
        "select count(*) from basepool._all_attempts()"
    )


@pytest.mark.parametrize(("claimers", "size"), [(8, 50), (16, 7)])
def test_claimers_in_batches_share_the_tokens(database_url: str, owner: Owner, claimers: int, size: int) -> None:
    """Whoever finds only one limiter free takes from it his share of the round and no more."""
    _add_tokens(owner, _TOKENS, 200)
    owner.rows("update basepool.accounts set burst = 100000, creates_per_minute = 1000000")
    owner.rows(
        "insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input)"
        " select gen_random_uuid(), 'create', 'm', 'M', 'acme/painter', '{\"prompt\": \"x\"}' from generate_series(1, 5000)"
    )

    def work(number: int) -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            while True:
                leases = connection.execute(
                    "select answer, attempt_id from basepool.claim_generations(%s, %s)", (f"w{number}", size)
                ).fetchall()
                if leases[0][0] == "empty":
                    return
                connection.execute(
                    "select * from basepool.apply_predictions((select jsonb_agg(jsonb_build_object("
                    " 'attempt', a, 'source', 'poll', 'prediction', jsonb_build_object('id', a, 'status', 'succeeded')"
                    ")) from unnest(%s::uuid[]) as u (a)))",
                    ([attempt for answer, attempt in leases if answer == "lease"],),
                )

    with ThreadPoolExecutor(claimers) as pool:
        list(pool.map(work, range(claimers)))

    shares = [n for (n,) in owner.rows("select count(*) from basepool.attempts group by token_id")]
    assert sum(shares) == 5000
    assert len(shares) == _TOKENS
    assert max(shares) - min(shares) <= 0.05 * 5000 / _TOKENS


def test_sixty_four_claimers_share_five_tokens_and_exceed_no_limit(database_url: str, owner: Owner) -> None:
    """Claims, completions, failures, crashes in the middle of a claim, and changes of the pool, until each had many."""
    tokens = _add_tokens(owner, _TOKENS, _SEATS)
    owner.rows(
        "insert into basepool.user_limits (user_id, max_active) select gen_random_uuid(), 100000 from generate_series(1, 20)"
    )
    owner.rows(
        "select public.submit_generation('acme/painter', '{\"prompt\": \"x\"}', p_user_id => u.user_id)"
        " from basepool.user_limits as u cross join generate_series(1, 150)"
    )
    # one in many refuses to connect, and in 64 at once ten can be in a row
    owner.rows("update basepool.error_rules set trips_after = 1000000 where breaker is not null")
    enough = threading.Event()
    exceeded: list[Any] = []
    wrong: list[Any] = []
    shares: Counter[int] = Counter()
    guard = threading.Lock()

    def watch() -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            while not enough.is_set():
                exceeded.extend(
                    connection.execute(
                        "select token_id, count(*) from basepool.seats where attempt_id is not null"
                        " group by token_id having count(*) > %s",
                        [_SEATS],
                    ).fetchall()
                )
                time.sleep(0.01)

    def change() -> None:
        chance = random.Random(0)
        with psycopg.connect(database_url, autocommit=True) as connection:
            while not enough.is_set():
                token = chance.choice(tokens)
                connection.execute("select basepool.rotate_token(%s, %s)", (token, f"r8_rotated_{chance.random()}"))
                connection.execute("select basepool.run_job('rollup')")
                time.sleep(0.2)

    def work(seed: int) -> None:
        chance = random.Random(seed)
        connection = psycopg.connect(database_url, autocommit=True)
        step = 0
        while not enough.is_set():
            step += 1
            try:
                if connection.closed:
                    connection = psycopg.connect(database_url, autocommit=True)
                if chance.random() < 0.02:
                    connection.execute("begin")
                    connection.execute("select * from basepool.claim_generations(%s, 2)", [f"dies-{seed}"])
                    connection.close()
                    continue
                rows = connection.execute(
                    "select answer, reason, attempt_id, token_id from basepool.claim_generations(%s, 1)",
                    [f"worker-{seed}"],
                ).fetchall()
                for answer, reason, attempt, token in rows:
                    if answer != "lease":
                        # seats are never all taken here by 64 claimers with one lease each, so there is a token for everybody
                        if answer != "empty":
                            wrong.append((answer, reason))
                        continue
                    with guard:
                        shares[token] += 1
                        if shares.total() >= _LEASES:
                            enough.set()
                    _finish(connection, chance, attempt, f"p-{seed}-{step}")
            except psycopg.OperationalError:
                connection.close()
        connection.close()

    with ThreadPoolExecutor(_CLAIMERS + 2) as pool:
        futures = [pool.submit(watch), pool.submit(change), *(pool.submit(work, seed) for seed in range(_CLAIMERS))]
        for future in futures:
            future.result()

    assert exceeded == []
    assert wrong == []
    mean = sum(shares.values()) / _TOKENS
    assert max(shares.values()) - min(shares.values()) <= 0.05 * mean, shares
    _sums_are_exact(owner)


def _finish(connection: psycopg.Connection[Any], chance: random.Random, attempt: Any, name: str) -> None:
    """What Replicate says to a lease; nothing that a token is held responsible for."""
    apply = (
        "select basepool.apply_prediction(%s, jsonb_build_object('id', %s::text, 'status', %s::text, 'error', %s::text)"
        ", 'poll')"
    )
    match chance.choice(["succeeded", "succeeded", "interrupted", "refused", "not sent"]):
        case "succeeded":
            connection.execute(apply, (attempt, name, "succeeded", None))
        case "interrupted":
            connection.execute(apply, (attempt, name, "failed", "Prediction interrupted; please retry (code: PA)"))
        case "refused":
            connection.execute("select basepool.record_rejected(%s, 'http', 422, '{}')", [attempt])
        case _:
            connection.execute("select basepool.record_rejected(%s, 'transport', null, 'connect: no')", [attempt])


_LONGEST_DELAY = 10.0


class _Hour:
    """A simulated hour of claims at random moments, by glue that is sometimes quick and sometimes slow, and whose connections
    end (all that is known is in the database). What it sends arrives at once, or with the longest delay there may be, or in
    between; what would be later is given back."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._chance = random.Random(7)
        self._clock = 0.0
        self._is_slow = False
        self._under_way: list[tuple[float, str]] = []
        self._late: list[tuple[float, str]] = []
        self.arrivals: list[float] = []
        self.given_back = 0

    def run(self, seconds: float = 3600) -> None:
        while self._clock < seconds:
            with psycopg.connect(self._url, autocommit=True) as connection:
                connection.execute("set plan_cache_mode = force_generic_plan")
                for _ in range(self._chance.randint(1, 200)):
                    self._pass(connection, self._chance.choice([0.0, 0.3, 1.0, 2.5, 6.0]))
                    self._claim(connection)
        self.arrivals.sort()

    def _pass(self, connection: psycopg.Connection[Any], seconds: float) -> None:
        self._clock += seconds
        connection.execute(
            "select set_config('basepool.frozen_now'"
            ", ('2026-01-01 00:00:00+00'::timestamptz + %s * interval '1 second')::text, false)",
            [self._clock],
        )
        self._record(connection, self._under_way, "http", 422, "{}")
        self._record(connection, self._late, "transport", None, "unsent: late")

    def _record(self, connection: psycopg.Connection[Any], calls: list[tuple[float, str]], *answer: object) -> None:
        over = [(at, attempt) for at, attempt in calls if at <= self._clock]
        connection.execute(
            "select basepool.record_rejected(a, %s, %s, %s) from unnest(%s::uuid[]) as a",
            [*answer, [attempt for _, attempt in over]],
        )
        calls[:] = [call for call in calls if call not in over]

    def _claim(self, connection: psycopg.Connection[Any]) -> None:
        self._is_slow ^= self._chance.random() < 0.03
        leases = connection.execute(
            "select attempt_id::text from basepool.claim_generations('hour', %s) where answer = 'lease'",
            [self._chance.randint(1, 50)],
        ).fetchall()
        for (attempt,) in leases:
            delay = _LONGEST_DELAY if self._is_slow else 0.0
            if self._chance.random() < 0.05:
                delay = self._chance.uniform(0, 1.5 * _LONGEST_DELAY)
            at = self._clock + delay
            if delay > _LONGEST_DELAY:
                self.given_back += 1
                self._late.append((at, attempt))
            else:
                self.arrivals.append(at)
                self._under_way.append((at, attempt))

    def most_in_a_minute(self) -> int:
        """How many arrived within 60 seconds, wherever those begin."""
        first, most = 0, 0
        for last, moment in enumerate(self.arrivals):
            while moment - self.arrivals[first] > 60:
                first += 1
            most = max(most, last - first + 1)
        return most


@pytest.fixture
def hour(database_url: str, owner: Owner) -> _Hour:
    """One account that may create 60 a minute, and more than enough to do."""
    _add_tokens(owner, 1, 1000, per_minute=60)
    owner.rows("select basepool.add_token('r8_second_of_the_account', 'sim-0', 'user', null, 1000)")
    owner.rows('select basepool.configure(\'{"stuck_after": "1 day"}\')')
    owner.rows(
        "select public.submit_generation('a/b', '{}', p_user_id => gen_random_uuid()) from generate_series(1, 3700)"
    )
    return _Hour(database_url)


def test_in_no_minute_of_an_hour_more_arrives_than_the_rate(hour: _Hour, owner: Owner) -> None:
    owner.rows("select basepool.configure(jsonb_build_object('send_within', %s || ' s'))", str(_LONGEST_DELAY))
    hour.run()
    assert hour.most_in_a_minute() <= 60
    assert hour.given_back > 20
    # in gaps longer than the burst lasts, and by what is given back, some of it is lost
    assert len(hour.arrivals) > 0.8 * 3600 * 60 / (60 + _LONGEST_DELAY)


def test_without_room_for_delays_more_than_the_rate_would_arrive(hour: _Hour, owner: Owner) -> None:
    """The same hour, or its begin, but the limiter knows nothing of delays: the one above would find what it looks for."""
    owner.rows('select basepool.configure(\'{"send_within": "0.1 s"}\')')
    hour.run(1200)
    assert hour.most_in_a_minute() > 60


class Pool(RuleBasedStateMachine):
    """Random lives of a small pool, against a model that is nothing but dictionaries."""

    connection: psycopg.Connection[Any]

    @initialize(seats=st.lists(st.integers(1, 3), min_size=1, max_size=4))
    def begin(self, seats: list[int]) -> None:
        self.clock = 0
        self.number = 0
        self.seats: dict[int, int] = {}
        self.active: dict[int, bool] = {}
        self.leases: dict[str, int] = {}
        self.waiting = 0
        self.counts: Counter[int] = Counter()
        self._call("select set_config('basepool.frozen_now', '2026-01-01 00:00:00+00', true)")
        self._call('select basepool.configure(\'{"stuck_after": "30 days"}\')')
        for count in seats:
            self.add(count)

    def _call(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode(), parameters).fetchall()

    @rule(seats=st.integers(1, 3))
    def add(self, seats: int) -> None:
        self.number += 1
        [(token,)] = self._call(
            "select token_id from basepool.add_token(%s, %s, 'user', null, %s)",
            f"r8_number_{self.number}",
            f"a-{self.number}",
            seats,
        )
        self.seats[token], self.active[token] = seats, True

    @rule()
    def submit(self) -> None:
        self.number += 1
        self._call("select public.submit_generation('a/b', '{}', p_user_id => gen_random_uuid())")
        self.waiting += 1

    def _free(self) -> dict[int, int]:
        used = Counter(self.leases.values())
        return {token: n - used[token] for token, n in self.seats.items() if self.active[token] and n > used[token]}

    @rule(count=st.integers(1, 6))
    def claim(self, count: int) -> None:
        rows = self._call("select answer, attempt_id, token_id from basepool.claim_generations('model', %s)", count)
        free = self._free()
        expected = min(count, self.waiting, sum(free.values()))
        if expected == 0:
            [(answer, _, _)] = rows
            usable = any(self.active.values()) or False
            assert answer == ("empty" if not self.waiting else "busy" if usable else "dead")
            return
        # a batch may take less than there is for it when one token is far behind the others, never more, and never nothing
        leases = [(attempt, token) for answer, attempt, token in rows if answer == "lease"]
        assert 1 <= len(leases) <= expected
        assert len(leases) == len(rows)
        for token, taken in Counter(token for _, token in leases).items():
            assert taken <= free.get(token, 0)
        for attempt, token in leases:
            self.leases[str(attempt)] = token
            self.counts[token] += 1
        self.waiting -= len(leases)

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), status=st.sampled_from(["succeeded", "failed", "processing", "aborted"]))
    def hear(self, data: st.DataObject, status: str) -> None:
        attempt = data.draw(st.sampled_from(sorted(self.leases)))
        self._call(
            "select basepool.apply_prediction(%s, jsonb_build_object('id', %s::text, 'status', %s::text, 'error', 'x')"
            ", 'poll')",
            attempt, f"p-{attempt}", status,
        )  # fmt: skip
        if status != "processing":
            del self.leases[attempt]

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        attempt = data.draw(st.sampled_from(sorted(self.leases)))
        self._call(
            "select basepool.cancel_for_user(s.generation_id) from basepool.seats as s where s.attempt_id = %s", attempt
        )
        del self.leases[attempt]

    @rule(data=st.data())
    def switch(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(sorted(self.seats)))
        self._call(f"select basepool.{'disable' if self.active[token] else 'enable'}_token(%s)", token)
        self.active[token] = not self.active[token]

    @rule(data=st.data(), seats=st.integers(1, 4))
    def limit(self, data: st.DataObject, seats: int) -> None:
        token = data.draw(st.sampled_from(sorted(self.seats)))
        self._call("select basepool.limit_token(%s, %s)", token, seats)
        self.seats[token] = seats

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "leases"):
            return
        in_flight = dict(
            self._call("select token_id, count(*)::integer from basepool.seats where attempt_id is not null group by 1")
        )
        assert in_flight == dict(Counter(self.leases.values()))
        assert self._call("select count(*) from basepool.queue") == [(self.waiting,)]
        self._call("select basepool._roll_up_token_stats()")
        assert dict(
            self._call("select id, request_count from public.replicate_tokens where request_count > 0")
        ) == dict(self.counts)

    def teardown(self) -> None:
        self.connection.rollback()


def test_the_pool_agrees_with_a_plain_model(database_url: str) -> None:
    explore(Pool, database_url, 40)


def _pages_of_a_claim(owner: Owner) -> int:
    """Shared buffers that a claim of ten touches, the median of nine."""
    seen = []
    for _ in range(9):
        plan = owner.value(
            "explain (analyze, buffers, format json) select * from basepool.claim_generations('pages', 10)"
        )[0]["Plan"]
        seen.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
        owner.rows(
            "select basepool.apply_prediction(a.id, jsonb_build_object('id', a.id::text, 'status', 'succeeded'), 'poll')"
            " from (select attempt_id as id from basepool.seats where attempt_id is not null) as a"
        )
    return int(sorted(seen)[4])


def test_a_claim_touches_no_more_pages_in_a_long_queue(owner: Owner) -> None:
    """Its plan is one of indexes: a hundred times the queue and the history cost less than twice the pages."""
    _add_tokens(owner, 5, 100)
    fill = (
        "with new as (insert into public.generations (user_id, action, model_id, model_name, replicate_model, status"
        ", replicate_input) select gen_random_uuid(), 'create', 'm', 'M', 'a/b', %s, '{}' from generate_series(1, %s)"
        " returning id, user_id, status), queued as (insert into basepool.queue (generation_id, user_id, priority, tag"
        ", queued_at) select id, user_id, 0, 0, now() from new where status = 'pending') insert into basepool.attempts"
        " (id, generation_id, attempt_no, seat_id, token_id, account_id, state, worker, model, queue_tag, queued_at"
        ", leased_at, finished_at) select basepool._name_attempt(1000), id, 1, 1000, 1, 1, 'succeeded', 'w', 'a/b', 0, now()"
        ", now(), now() from new where status = 'completed'"
    )

    def add(status: str, count: int) -> None:
        owner.rows("set session_replication_role = replica")
        owner.rows(fill, status, count)
        owner.rows("set session_replication_role = origin")
        owner.rows("analyze")

    add("pending", 500)
    small = _pages_of_a_claim(owner)
    add("pending", 50_000)
    add("completed", 50_000)
    large = _pages_of_a_claim(owner)
    assert large < 2 * small, (small, large)
    [[head]] = owner.rows(
        "explain (format json) select q.generation_id from basepool.queue as q where q.run_after is null and q.priority = 0"
        " and q.tag >= 0 order by q.priority, q.tag, q.place limit 10"
    )
    assert head[0]["Plan"]["Plans"][0]["Index Name"] == "queue_head_idx"


@pytest.fixture
def limited() -> Any:
    """Replicate with its limits on, its minute shortened to six seconds."""
    config = SimulatorConfig(
        account_count=3, speed=20, limit_window_seconds=6, creates_per_window=150, reads_per_window=300,
        start_seconds=(0.1, 0.2), run_seconds=(0.2, 1.0),
    )  # fmt: skip
    with SimulatorServer(config) as simulator:
        yield simulator


def _drive(owner: Owner, glue_url: str, simulator: SimulatorServer, count: int) -> None:
    """All of them at full load. What Replicate counts in its six seconds was sent in them, but for the 15 that a busy simulator
    may not have looked at before; so it was claimed in 16 seconds, and 15 + 6 at once + 16 * 564 / 70 are 150."""
    variables = {
        "DATABASE_URL": glue_url,
        "REPLICATE_BASE_URL": simulator.url,
        "WORKER_CONCURRENCY": "15",
        "SUBMIT_TIMEOUT_SECONDS": "600",
        "READ_TIMEOUT_SECONDS": "600",
    }
    added = basepool("tokens", "add", "--max-in-flight", "100", stdin="\n".join(simulator.tokens), **variables)
    assert added.returncode == 0, added.stderr
    owner.rows("update basepool.accounts set creates_per_minute = 570, burst = 6")
    patience = {
        "send_within": "10 s",
        "submit_timeout": "10 minutes",
        "lease_time": "10 minutes",
        "cancel_after": "4 hours",
        "stuck_after": "5 hours",
        "keep_outputs": False,
    }
    owner.rows("select basepool.configure(%s)", Jsonb(patience))
    owner.rows(
        "select public.submit_generation('a/b', jsonb_build_object('prompt', s.n), p_user_id => gen_random_uuid())"
        " from generate_series(1, %s) as s (n)",
        count,
    )
    with serving(**variables) as url, running("work", **variables, PUBLIC_URL=url):
        eventually(lambda: not owner.statuses().keys() & {"pending", "processing"}, "all", seconds=3600)
    assert owner.statuses() == {"completed": count}


def test_replicate_never_has_to_say_429(
    database_url: str, glue_url: str, owner: Owner, limited: SimulatorServer
) -> None:
    """Several of its minutes. On a very busy machine some are given back unsent, or lost, and come again."""
    _drive(owner, glue_url, limited, 350)
    assert owner.value("select count(*) from basepool.attempts where http_status = 429") == 0


def test_an_account_with_little_credit_is_relieved_by_the_others(
    database_url: str, glue_url: str, owner: Owner, limited: SimulatorServer
) -> None:
    limited.set_account("sim-2", credit="low")
    _drive(owner, glue_url, limited, 200)
    throttled = owner.rows("select distinct error_rule from basepool.attempts where http_status = 429")
    assert throttled == [("low-credit-throttled",)]
    # what was sent before it said so may have been taken, if the machine was slow enough
    [(since, minutes)] = owner.rows(
        "select a.since, extract(epoch from now() - a.since) / 60"
        " from (select min(b.finished_at) + interval '2 s' as since from basepool.attempts as b where b.http_status = 429) as a"
    )
    leases = dict(
        owner.rows(
            "select c.username, count(*) filter (where a.leased_at > %s or c.username <> 'sim-2')"
            " from basepool.attempts as a inner join basepool.accounts as c on c.id = a.account_id group by 1",
            since,
        )
    )
    assert leases["sim-2"] <= 1 + 6 * minutes
    assert min(leases["sim-1"], leases["sim-3"]) > 50
    assert owner.value("select credit from basepool.accounts where username = 'sim-2'") == "low"
