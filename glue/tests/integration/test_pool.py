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

from basepool.simulator import SimulatorConfig, SimulatorServer
from tests.support import Owner, basepool, eventually, explore, running, serving

_CLAIMERS = 64
_TOKENS = 5
_SECONDS = 20.0
_SLOTS = 20


def _add_tokens(owner: Owner, count: int, slots: int, per_minute: int = 1_000_000) -> list[int]:
    ids = [
        owner.value(
            "select token_id from basepool.add_token(%s, %s, 'user', null, %s)",
            f"r8_token_number_{n}",
            f"sim-{n}",
            slots,
        )
        for n in range(count)
    ]
    owner.rows("update basepool.accounts set creates_per_minute = %s", per_minute)
    return ids


def _sums_are_exact(owner: Owner) -> None:
    assert (
        owner.rows(
            "select t.id from public.replicate_tokens as t where t.request_count <>"
            " (select count(*) from basepool.attempts as a where a.token_id = t.id)"
        )
        == []
    )
    owner.rows("select basepool._roll_up_token_stats()")
    assert owner.value("select sum(leases) from basepool.token_stats") == owner.value(
        "select count(*) from basepool.attempts"
    )


def test_sixty_four_claimers_share_five_tokens_and_exceed_no_limit(database_url: str, owner: Owner) -> None:
    """20 seconds of claims, completions, failures, crashes in the middle of a claim, and changes of the pool."""
    tokens = _add_tokens(owner, _TOKENS, _SLOTS)
    owner.rows(
        "insert into basepool.user_limits (user_id, max_active) select gen_random_uuid(), 100000 from generate_series(1, 20)"
    )
    owner.rows(
        "select public.submit_generation('acme/painter', '{\"prompt\": \"x\"}', p_user_id => u.user_id)"
        " from basepool.user_limits as u cross join generate_series(1, 600)"
    )
    end = time.monotonic() + _SECONDS
    exceeded: list[Any] = []
    wrong: list[Any] = []
    shares: Counter[int] = Counter()
    guard = threading.Lock()

    def watch() -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            while time.monotonic() < end:
                exceeded.extend(
                    connection.execute(
                        "select token_id, count(*) from basepool.attempts where slot_no is not null"
                        " group by token_id having count(*) > %s",
                        [_SLOTS],
                    ).fetchall()
                )
                time.sleep(0.01)

    def change() -> None:
        chance = random.Random(0)
        with psycopg.connect(database_url, autocommit=True) as connection:
            while time.monotonic() < end:
                token = chance.choice(tokens)
                connection.execute("select basepool.rotate_token(%s, %s)", (token, f"r8_rotated_{chance.random()}"))
                connection.execute("select basepool.run_job('rollup')")
                time.sleep(0.2)

    def work(seed: int) -> None:
        chance = random.Random(seed)
        connection = psycopg.connect(database_url, autocommit=True)
        step = 0
        while time.monotonic() < end:
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
                        # slots are never all taken here by 64 claimers with one lease each, so there is a token for everybody
                        if answer != "empty":
                            wrong.append((answer, reason))
                        continue
                    with guard:
                        shares[token] += 1
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
    assert sum(shares.values()) > 500
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


def test_no_minute_of_an_hour_exceeds_the_rate(database_url: str, owner: Owner) -> None:
    """A simulated hour of claims at random moments, with connections that end (all that is known is in the database)."""
    _add_tokens(owner, 1, 1000, per_minute=60)
    owner.rows("select basepool.add_token('r8_second_of_the_account', 'sim-0', 'user', null, 1000)")
    owner.rows('select basepool.configure(\'{"stuck_after": "1 day", "user_active_limit": 100000}\')')
    owner.rows(
        "select public.submit_generation('a/b', '{}', p_user_id => '00000000-0000-4000-8000-000000000001')"
        " from generate_series(1, 3700)"
    )
    chance = random.Random(7)
    leases: list[float] = []
    clock = 0.0
    while clock < 3600:
        # each restart is a connection of its own that knows nothing
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("set plan_cache_mode = force_generic_plan")
            for _ in range(chance.randint(1, 200)):
                clock += chance.choice([0.0, 0.0, 0.3, 1.0, 2.5, 9.0])
                connection.execute(
                    "select set_config('basepool.frozen_now'"
                    ", ('2026-01-01 00:00:00+00'::timestamptz + %s * interval '1 second')::text, false)",
                    [clock],
                )
                rows = connection.execute(
                    "select attempt_id from basepool.claim_generations('hour', %s) where answer = 'lease'",
                    [chance.randint(1, 50)],
                ).fetchall()
                leases += [clock] * len(rows)
                connection.execute(
                    "select basepool.record_rejected(a.id, 'http', 422, '{}') from basepool.attempts as a where slot_no > 0"
                )
    first = 0
    for last, moment in enumerate(leases):
        while moment - leases[first] > 60:
            first += 1
        assert last - first + 1 <= 60, f"{last - first + 1} creates in the minute up to {moment} s"
    # with gaps longer than the burst lasts not all of 3,600 can be used
    assert len(leases) > 0.7 * 3600


class Pool(RuleBasedStateMachine):
    """Random lives of a small pool, against a model that is nothing but dictionaries."""

    url = ""

    @initialize(slots=st.lists(st.integers(1, 3), min_size=1, max_size=4))
    def begin(self, slots: list[int]) -> None:
        self.connection = psycopg.connect(self.url, autocommit=False)
        self.clock = 0
        self.number = 0
        self.slots: dict[int, int] = {}
        self.active: dict[int, bool] = {}
        self.leases: dict[str, int] = {}
        self.waiting = 0
        self.counts: Counter[int] = Counter()
        self._call("select set_config('basepool.frozen_now', '2026-01-01 00:00:00+00', true)")
        self._call('select basepool.configure(\'{"stuck_after": "30 days"}\')')
        for count in slots:
            self.add(count)

    def _call(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(query.encode(), parameters).fetchall()

    @rule(slots=st.integers(1, 3))
    def add(self, slots: int) -> None:
        self.number += 1
        [(token,)] = self._call(
            "select token_id from basepool.add_token(%s, %s, 'user', null, %s)",
            f"r8_number_{self.number}",
            f"a-{self.number}",
            slots,
        )
        self.slots[token], self.active[token] = slots, True

    @rule()
    def submit(self) -> None:
        self.number += 1
        self._call("select public.submit_generation('a/b', '{}', p_user_id => gen_random_uuid())")
        self.waiting += 1

    def _free(self) -> dict[int, int]:
        used = Counter(self.leases.values())
        return {token: n - used[token] for token, n in self.slots.items() if self.active[token] and n > used[token]}

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
            "select basepool.cancel_for_user(a.generation_id) from basepool.attempts as a where a.id = %s", attempt
        )
        del self.leases[attempt]

    @rule(data=st.data())
    def switch(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(sorted(self.slots)))
        self._call(f"select basepool.{'disable' if self.active[token] else 'enable'}_token(%s)", token)
        self.active[token] = not self.active[token]

    @rule(data=st.data(), slots=st.integers(1, 4))
    def limit(self, data: st.DataObject, slots: int) -> None:
        token = data.draw(st.sampled_from(sorted(self.slots)))
        self._call("select basepool.limit_token(%s, %s)", token, slots)
        self.slots[token] = slots

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "connection"):
            return
        in_flight = dict(
            self._call("select token_id, count(*)::integer from basepool.attempts where slot_no is not null group by 1")
        )
        assert in_flight == dict(Counter(self.leases.values()))
        assert self._call("select count(*) from basepool.queue") == [(self.waiting,)]
        assert dict(
            self._call("select id, request_count from public.replicate_tokens where request_count > 0")
        ) == dict(self.counts)

    def teardown(self) -> None:
        if hasattr(self, "connection"):
            self.connection.rollback()
            self.connection.close()


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
            " from basepool.attempts as a where a.slot_no is not null"
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
        " (generation_id, attempt_no, token_id, account_id, state, worker, model, queue_tag, queued_at, leased_at"
        ", answer_due_at, finished_at) select id, 1, 1, 1, 'succeeded', 'w', 'a/b', 0, now(), now(), now(), now() from new"
        " where status = 'completed'"
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
        "explain (format json) select q.generation_id from basepool.queue as q where q.run_after is null"
        " order by q.priority desc, q.tag, q.generation_id limit 10"
    )
    assert head[0]["Plan"]["Plans"][0]["Index Name"] == "queue_head_idx"


@pytest.fixture
def limited() -> Any:
    """Replicate with its limits on, its minute shortened to six seconds: a minute here is ten of its minutes."""
    config = SimulatorConfig(
        account_count=3, speed=20, limit_window_seconds=6, creates_per_window=60, reads_per_window=300,
        start_seconds=(0.1, 0.2), run_seconds=(0.2, 1.0),
    )  # fmt: skip
    with SimulatorServer(config) as simulator:
        yield simulator


def _drive(owner: Owner, glue_url: str, simulator: SimulatorServer, count: int) -> None:
    variables = {"DATABASE_URL": glue_url, "REPLICATE_BASE_URL": simulator.url, "WORKER_CONCURRENCY": "50"}
    added = basepool("tokens", "add", "--max-in-flight", "100", stdin="\n".join(simulator.tokens), **variables)
    assert added.returncode == 0, added.stderr
    # the shortened minute's share of 600: a burst of 6 and the rest evenly
    owner.rows("update basepool.accounts set creates_per_minute = 540, burst = 6")
    owner.rows('select basepool.configure(\'{"user_active_limit": 100000, "stuck_after": "1 hour"}\')')
    owner.rows(
        "select public.submit_generation('a/b', jsonb_build_object('prompt', s.n)"
        ", p_user_id => '00000000-0000-4000-8000-000000000001') from generate_series(1, %s) as s (n)",
        count,
    )
    with serving(**variables) as url, running("work", **variables, PUBLIC_URL=url):
        eventually(lambda: owner.statuses() == {"completed": count}, "all", seconds=120)


def test_replicate_never_has_to_say_429(
    database_url: str, glue_url: str, owner: Owner, limited: SimulatorServer
) -> None:
    """Ten of its minutes at full load."""
    _drive(owner, glue_url, limited, 1600)
    assert owner.statuses() == {"completed": 1600}
    assert (
        owner.rows("select error_rule, count(*) from basepool.attempts where error_rule is not null group by 1") == []
    )


def test_an_account_with_little_credit_is_relieved_by_the_others(
    database_url: str, glue_url: str, owner: Owner, limited: SimulatorServer
) -> None:
    limited.set_account("sim-2", credit="low")
    _drive(owner, glue_url, limited, 200)
    assert owner.statuses() == {"completed": 200}
    throttled = dict(
        owner.rows("select error_rule, count(*) from basepool.attempts where error_rule is not null group by 1")
    )
    assert set(throttled) == {"low-credit-throttled"}
    leases = dict(owner.rows("select c.username, count(*) from basepool.attempts as a"
        " inner join basepool.accounts as c on c.id = a.account_id where a.state = 'succeeded' group by 1"))  # fmt: skip
    assert leases["sim-2"] < 10
    assert min(leases["sim-1"], leases["sim-3"]) > 50
    assert owner.value("select credit from basepool.accounts where username = 'sim-2'") == "low"
