"""What a claim, a life and a page of an operator cost, counted instead of timed: pages touched, bytes of WAL, rows written,
and which tables are read whole. What grows with the history, with what waits, with the tokens or with dead rows shows on any
machine."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from dev.devserver import PROJECT
from tests.support import Owner, user

_WARM_UP = 7
"""The sixth call of a prepared statement may get another plan."""

_ADD_TOKENS = """
select l.token_id
from generate_series(1, %s) as s (n)
cross join lateral (select gen_random_uuid() as name, s.n) as u
cross join lateral basepool.add_token('r8_token_' || u.name, 'account ' || u.name, 'user', null, %s) as t
cross join lateral basepool.limit_token(t.token_id, null, null, 10000000, 1000000) as l
"""

# the app's door for each, as many users as generations
_SUBMIT = """
insert into public.generations (user_id, action, model_id, model_name, replicate_model, prompt, replicate_input)
select gen_random_uuid(), 'create', 'm', 'M', 'acme/painter', 'a cat', jsonb_build_object('prompt', 'a cat', 'seed', s.n)
from generate_series(1, %s) as s (n)
"""

_HISTORY = """
with old as (
  insert into public.generations
    (user_id, action, model_id, model_name, replicate_model, prompt, replicate_input, status, settled_at, created_at)
  select
    gen_random_uuid(), 'create', 'm', 'M', 'acme/painter', 'a cat', '{"prompt": "a cat"}', 'completed', now()
    , now() - s.n * interval '1 minute'
  from generate_series(1, %s) as s (n)
  returning id, created_at
)

insert into basepool.attempts
  (id, generation_id, attempt_no, seat_id, token_id, account_id, state, worker, model, queue_tag, queued_at, leased_at
  , finished_at, prediction_id)
select
  gen_random_uuid(), o.id, 1, t.id * 1000, t.id, t.account_id, 'succeeded', 'w', 'acme/painter', 0, o.created_at, o.created_at
  , o.created_at, o.id::text
from old as o
cross join (select * from public.replicate_tokens order by id limit 1) as t
"""


_IN_FLIGHT = "select attempt_id from basepool.seats where attempt_id is not null"


@dataclass(frozen=True)
class Cost:
    """Of one call."""

    pages: int
    wal_bytes: int


class Pool:
    """A database at work, through one connection. Outputs are not kept unless a test says so: that is a price of its own."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        owner.rows(
            'select basepool.configure(\'{"user_active_limit": 1000000, "user_submits_per_minute": 600'
            ', "keep_outputs": false}\')'
        )

    def keep_outputs(self) -> None:
        self._owner.rows("select basepool.configure('{\"keep_outputs\": true}')")

    def add_tokens(self, count: int, seats: int = 20) -> None:
        self._owner.rows(_ADD_TOKENS, count, seats)

    def submit(self, count: int) -> None:
        self._owner.rows(_SUBMIT, count)

    def finish(self, count: int) -> None:
        """A history of so many."""
        self._owner.rows(_HISTORY, count)

    def claim(self, count: int) -> list[str]:
        rows = self._owner.rows("select attempt_id from basepool.claim_generations('tester', %s)", count)
        assert len(rows) == count
        return [str(attempt) for (attempt,) in rows]

    def record(self, attempts: list[str]) -> None:
        items = [{"attempt": attempt, "prediction": _prediction(attempt, "starting")} for attempt in attempts]
        outcomes = self._owner.rows("select outcome from basepool.record_answers(%s)", json.dumps(items))
        assert {outcome for (outcome,) in outcomes} == {"recorded"}

    def apply(self, attempts: list[str]) -> None:
        outcomes = self._owner.rows("select outcome from basepool.apply_predictions(%s)", _webhooks(attempts))
        assert {outcome for (outcome,) in outcomes} == {"applied"}

    def live(self, count: int) -> None:
        attempts = self.claim(count)
        self.record(attempts)
        self.apply(attempts)

    def store(self, count: int) -> None:
        """Keep so many outputs, each of a generation of its own."""
        files = self._owner.rows("select lease, key_hint from basepool.claim_output_files('keeper', %s)", count)
        assert len(files) == count
        results = [_stored(lease, hint) for lease, hint in files]
        outcomes = self._owner.rows("select outcome from basepool.record_output_files(%s)", json.dumps(results))
        assert {outcome for (outcome,) in outcomes} == {"stored"}

    def cost(self, query: str, *parameters: Any, calls: int = 5) -> Cost:
        """Of a call that is done for real: the least of some, because pruning and full page images come and go."""
        return min((self._explain(query, parameters) for _ in range(calls)), key=lambda cost: cost.pages)

    def cost_of_claim(self, count: int = 1) -> Cost:
        for _ in range(_WARM_UP):
            self.live(count)
        cost = self.cost("select * from basepool.claim_generations('tester', %s)", count)
        self.apply([str(attempt) for (attempt,) in self._owner.rows(_IN_FLIGHT)])
        return cost

    def _explain(self, query: str, parameters: tuple[Any, ...]) -> Cost:
        [[plan]] = self._owner.rows(f"explain (analyze, buffers, wal, timing off, format json) {query}", *parameters)
        top = plan[0]["Plan"]
        return Cost(
            pages=top["Shared Hit Blocks"] + top["Shared Read Blocks"],
            wal_bytes=top["WAL Bytes"],
        )


def _prediction(attempt: str, status: str) -> dict[str, Any]:
    return {"id": f"p{attempt}", "status": status, "output": ["https://replicate.delivery/x/out-0.webp"]}


def _webhooks(attempts: list[str]) -> str:
    return json.dumps(
        [
            {
                "attempt": attempt,
                "prediction": _prediction(attempt, "succeeded"),
                "source": "webhook",
                "webhook_id": f"msg_{attempt}",
            }
            for attempt in attempts
        ]
    )


def _stored(lease: Any, hint: str) -> dict[str, Any]:
    return {
        "lease": str(lease),
        "outcome": "stored",
        "key": f"{hint}.webp",
        "url": f"https://cdn.example.com/{hint}.webp",
        "is_private": False,
        "size": 1234,
        "sha256": "ab" * 32,
        "content_type": "image/webp",
        "width": 512,
        "height": 512,
        "thumb_key": f"{hint}-thumb.webp",
        "thumb_url": f"https://cdn.example.com/{hint}-thumb.webp",
    }


@pytest.fixture
def pool(owner: Owner) -> Pool:
    return Pool(owner)


def test_a_claim_costs_the_same_whatever_waits_and_whatever_was(pool: Pool, owner: Owner) -> None:
    """Statistics, old or new, make no plan that sorts all that waits or reads what is over."""
    pool.add_tokens(5)
    pool.submit(300)
    one, ten = pool.cost_of_claim(), pool.cost_of_claim(10)
    assert one.pages < 250
    assert ten.pages < 700
    assert one.wal_bytes < 1_500
    assert ten.wal_bytes < 10_000

    pool.finish(20_000)
    pool.submit(5_000)
    for prepare in ("select", "vacuum analyze"):
        owner.rows(prepare)
        owner.rows("discard plans")
        assert pool.cost_of_claim().pages < 2 * one.pages + 100, prepare
        assert pool.cost_of_claim(10).pages < 2 * ten.pages + 100, prepare


def test_a_claim_costs_the_same_before_there_are_statistics(pool: Pool, owner: Owner) -> None:
    """What was never analyzed seems small to the planner: each row is looked up by its key, not among all that are active."""
    pool.add_tokens(5)
    pool.submit(3_000)
    first = pool.cost_of_claim()
    # these come last in every order but the queue's
    owner.rows("insert into basepool.user_limits (user_id, priority, max_active) values (%s, 5, 1000)", user(9_999))
    owner.rows(
        "select public.submit_generation('acme/painter', '{}', p_user_id => %s) from generate_series(1, 30)",
        user(9_999),
    )
    assert pool.cost_of_claim().pages < first.pages + 40


def test_what_a_claim_has_seen_is_kept_for_little_and_not_of_each(pool: Pool, owner: Owner) -> None:
    """Some thirty pages for five tokens, and no WAL to speak of; where it is one of many, or nothing is to be kept, next to
    nothing. In time, on two cores: 0.17 ms beside 1.1; 0.01 where it is one of many."""
    pool.add_tokens(5)
    pool.submit(300)
    owner.rows('select basepool.configure(\'{"keep_decisions": "0"}\')')
    without = pool.cost_of_claim()
    owner.rows('select basepool.configure(\'{"keep_decisions": "1 day"}\')')
    owner.rows("set basepool.frozen_now = '2030-01-01'")
    claim = "select * from basepool.claim_generations('tester', 1)"
    for _ in range(_WARM_UP):
        pool.live(1)
    noted = pool.cost(claim)
    assert owner.value("select count(*) from basepool.decisions") == _WARM_UP + 5
    assert noted.pages < without.pages + 60
    assert noted.wal_bytes < without.wal_bytes + 300

    while owner.value("select count(*) from basepool.decisions") < 50:
        pool.live(1)
    one_of_many = pool.cost(claim)
    assert owner.value("select count(*) from basepool.decisions") == 50
    assert one_of_many.pages < without.pages + 20
    assert one_of_many.wal_bytes < without.wal_bytes + 100


def test_fifty_tokens_cost_a_claim_a_look_at_each(pool: Pool) -> None:
    pool.add_tokens(5)
    pool.submit(300)
    few = pool.cost_of_claim()
    for _ in range(9):
        pool.add_tokens(5)

    assert pool.cost_of_claim().pages < few.pages + 45 * 20


def test_dead_rows_that_vacuum_can_not_remove_cost_a_claim_little(pool: Pool, owner: Owner, database_url: str) -> None:
    pool.add_tokens(5)
    pool.submit(2_500)
    before = pool.cost_of_claim()
    with psycopg.connect(database_url) as old:
        old.execute("set transaction isolation level repeatable read")
        old.execute("select count(*) from public.generations")
        for _ in range(100):
            pool.live(20)
        # a claim at a time moves the marks on
        for _ in range(4):
            owner.rows("select pg_sleep(0.15)")
            pool.live(1)

        assert pool.cost_of_claim().pages < 2 * before.pages + 200


_WRITTEN = """
select relname, n_tup_ins, n_tup_upd, n_tup_del
from pg_catalog.pg_stat_xact_user_tables
where n_tup_ins + n_tup_upd + n_tup_del > 0 and relname not in ('limiters', 'wake_up', 'marks')
order by relname
"""

_READ_WHOLE = """
select relname from pg_catalog.pg_stat_xact_user_tables
where seq_scan > 0 and relname in ('generations', 'attempts', 'queue', 'seats', 'webhook_events', 'user_limits'
  , 'output_files')
"""


def test_a_life_writes_the_apps_row_twice_and_reads_no_table_whole(pool: Pool, owner: Owner) -> None:
    pool.add_tokens(2)
    pool.submit(50)
    for _ in range(_WARM_UP):
        pool.live(1)

    owner.rows("select pg_stat_force_next_flush()")
    owner.rows("begin")
    attempts = pool.claim(1)
    pool.record(attempts)
    pool.apply(attempts)
    assert owner.rows(_WRITTEN) == [
        ("attempts", 1, 0, 0),
        ("decisions", 1, 0, 0),
        ("generations", 0, 2, 0),
        ("queue", 0, 0, 1),
        ("seats", 0, 3, 0),
        ("webhook_events", 1, 0, 0),
    ]
    assert owner.rows(_READ_WHOLE) == []
    owner.rows("commit")

    owner.rows("select pg_stat_force_next_flush()")
    owner.rows("begin")
    pool.submit(1)
    assert owner.rows(_WRITTEN) == [("generations", 1, 0, 0), ("queue", 1, 0, 0), ("user_limits", 1, 2, 0)]
    assert owner.rows(_READ_WHOLE) == []
    owner.rows("commit")


_INSERT = """
insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input)
values (gen_random_uuid(), 'create', 'm', 'M', 'acme/painter', '{"prompt": "a cat"}')
"""
_CALLED = """
select funcname from pg_catalog.pg_stat_xact_user_functions where schemaname = 'basepool' order by 1
"""
_LOOKED_AT = """
select relname, seq_scan + coalesce(idx_scan, 0) from pg_catalog.pg_stat_xact_user_tables
where seq_scan + coalesce(idx_scan, 0) > 0 and schemaname = 'basepool' order by 1
"""


def test_whose_a_row_is_costs_a_look_where_nothing_is_moved_over_and_a_submit_nothing(pool: Pool, owner: Owner) -> None:
    owner.rows("set track_functions = 'all'")

    def seen(query: str) -> tuple[set[str], dict[str, int]]:
        """Which functions one such statement calls, and how often it looks into which tables of ours."""
        owner.rows(query)
        owner.rows("select pg_stat_force_next_flush()")
        owner.rows("begin")
        owner.rows(query)
        called, looked_at = {name for (name,) in owner.rows(_CALLED)}, dict(owner.rows(_LOOKED_AT))
        owner.rows("commit")
        return called, looked_at

    called, looked_at = seen(_INSERT)
    assert "_takes_plain_insert" in called
    assert "_find_cutover" not in called
    assert {"_bucket_of", "_is_moved_over", "_matches_pattern", "_is_replicate_model"} & called == set(), (
        "they are inlined"
    )
    assert looked_at["cutover"] == 2
    called, looked_at = seen("select public.submit_generation('acme/painter', '{}', p_user_id => gen_random_uuid())")
    assert not {"_takes_plain_insert", "_find_cutover", "owns"} & called
    assert "cutover" not in looked_at

    owner.rows("delete from basepool.cutover")
    # the other one asks whether anybody is to be told
    assert seen(_INSERT) == ({"_admit_generation", "_note_change"}, {"cutover": 1, "settings": 1})


def test_a_life_whose_output_is_kept_writes_a_row_more(pool: Pool, owner: Owner) -> None:
    """One when it ends; then two changes of that row, and one of the app's."""
    pool.keep_outputs()
    pool.add_tokens(2)
    pool.submit(50)
    for _ in range(_WARM_UP):
        pool.live(1)
        pool.store(1)

    owner.rows("select pg_stat_force_next_flush()")
    owner.rows("begin")
    pool.live(1)
    assert owner.rows(_WRITTEN) == [
        ("attempts", 1, 0, 0),
        ("decisions", 1, 0, 0),
        ("generations", 0, 2, 0),
        ("output_files", 1, 0, 0),
        ("queue", 0, 0, 1),
        ("seats", 0, 3, 0),
        ("webhook_events", 1, 0, 0),
    ]
    assert owner.rows(_READ_WHOLE) == []
    owner.rows("commit")

    owner.rows("select pg_stat_force_next_flush()")
    owner.rows("begin")
    pool.store(1)
    assert owner.rows(_WRITTEN) == [("generations", 0, 1, 0), ("output_files", 0, 2, 0)]
    assert owner.rows(_READ_WHOLE) == []
    owner.rows("commit")


_FILES = """
insert into basepool.output_files
  (generation_id, nth, user_id, source_url, since, deadline, state, tries, again_at, key, url, is_private, size, sha256
  , content_type, stored_at, error_code, failed_at)
select
  gen_random_uuid(), 1, gen_random_uuid(), 'https://replicate.delivery/x/' || s.n, now(), now() + interval '20 minutes'
  + s.n * interval '1 ms'
  , k.state, 1, case when k.is_delayed then now() + interval '1 hour' + s.n * interval '1 ms' end
  , k.key, 'https://cdn.example.com/x', false, 1, repeat('ab', 32), 'image/png'
  , case when k.state = 'stored' then now() end, 'store_failed'
  , case when k.state = 'failed' then now() - interval '2 hours' end
from generate_series(1, %s) as s (n)
cross join (
  values ('stored', false, 'k'), ('failed', false, null), ('waiting', true, null), ('deleting', true, 'k')
) as k (state, is_delayed, key)
"""
"""So many each that are stored, failed, wait for another try and are to be deleted, with the nearest deadlines."""


def test_a_claim_of_files_costs_the_same_whatever_waits_and_whatever_was(pool: Pool, owner: Owner) -> None:
    """A store that is down leaves thousands that wait for their next try; none of them is met by who asks for what is due."""
    pool.keep_outputs()
    pool.add_tokens(2)
    pool.submit(300)
    for _ in range(10):
        pool.live(20)
    claim = "select * from basepool.claim_output_files('keeper', %s)"
    for _ in range(_WARM_UP):
        pool.store(1)
    one, ten = pool.cost(claim, 1), pool.cost(claim, 10)
    assert one.pages < 120
    assert ten.pages < 400
    assert ten.wal_bytes < 10_000

    owner.rows(_FILES, 10_000)
    for prepare in ("select", "vacuum analyze"):
        owner.rows(prepare)
        owner.rows("discard plans")
        assert pool.cost(claim, 1).pages < one.pages + 60, prepare
        assert pool.cost(claim, 10).pages < ten.pages + 60, prepare
    # nor does a page of an operator, which counts so many and no more
    assert pool.cost("select basepool._status_of('outputs')").pages < 50_000
    for query in (
        "select * from basepool._output_findings(now())",
        "select * from basepool.find_unknown_keys(array['a', 'b'])",
        "select * from basepool.list_output_files(p_max => 10)",
    ):
        assert pool.cost(query).pages < 3_000, query


def test_a_life_costs_six_kilobytes_of_wal(pool: Pool, owner: Owner) -> None:
    pool.add_tokens(2)
    pool.submit(200)
    for _ in range(20):
        pool.live(1)

    def written() -> int:
        """By ten lives, one by one."""
        began = owner.value("select pg_current_wal_insert_lsn()")
        for _ in range(10):
            pool.submit(1)
            pool.live(1)
        return int(owner.value("select pg_current_wal_insert_lsn() - %s::pg_lsn", began))

    # the least: autovacuum and full page images come and go
    assert min(written() for _ in range(5)) < 10 * 6_000
    pool.keep_outputs()
    assert min(written() for _ in range(5)) < 10 * 6_600


def test_a_message_costs_no_more_wal_than_its_row(pool: Pool, owner: Owner, database_url: str) -> None:
    """That nothing is noted while it is off, what a life writes shows above. What is noted goes through no WAL."""
    pool.add_tokens(2)
    pool.submit(300)

    def written() -> int:
        """By ten lives, one by one; the least of some: autovacuum and full page images come and go."""
        found = []
        for _ in range(6):
            began = owner.value("select pg_current_wal_insert_lsn()")
            for _ in range(10):
                pool.submit(1)
                pool.live(1)
            found.append(int(owner.value("select pg_current_wal_insert_lsn() - %s::pg_lsn", began)))
        return min(found)

    for _ in range(20):
        pool.live(1)
    off = written()
    owner.rows("select basepool.configure('{\"realtime\": true}')")
    assert written() < off + 10 * 3 * 100
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute((PROJECT / "db" / "tests" / "realtime.psql").read_bytes())
    assert written() < off + 10 * 3 * 900
    # it came in, it runs, it is over
    assert owner.value("select count(*) from realtime.messages") == 6 * 10 * 3
    assert owner.rows("select event, private from realtime.messages group by 1, 2") == [("changes", True)]


def test_whoever_polls_reads_no_more_of_his_history_than_may_have_changed(pool: Pool, owner: Owner) -> None:
    """However much there is of it: what has come in within the longest time that one may live, and what is active."""
    owner.rows("select set_config('request.jwt.claims', json_build_object('sub', %s::uuid)::text, false)", user(1))
    query = "select * from public.get_generation_changes(now() - interval '1 minute')"

    def live_on(minutes: int) -> Cost:
        """One a minute, in the past."""
        owner.rows(
            "insert into public.generations (user_id, action, model_id, model_name, replicate_model, status, created_at"
            " , settled_at) select %s, 'create', 'm', 'M', 'acme/painter', 'completed', t.at, t.at"
            " from generate_series(1, %s) as s (n) cross join lateral (select now() - s.n * interval '1 minute' as at) as t",
            user(1),
            minutes,
        )
        owner.rows("select public.submit_generation('acme/painter', '{}') from generate_series(1, 2)")
        return pool.cost(query)

    short = live_on(1_000)
    assert short.pages < 500
    assert live_on(20_000).pages < 3 * short.pages
    owner.rows("vacuum analyze")
    owner.rows("discard plans")
    assert pool.cost(query).pages < 3 * short.pages


def test_what_people_look_at_reads_no_history(pool: Pool, owner: Owner) -> None:
    pool.add_tokens(5)
    pool.submit(100)
    pool.live(10)
    # for so long that it is asked why
    owner.rows("update basepool.queue set queued_at = queued_at - interval '2 minutes'")
    # every worker asks this every two seconds
    findings = "select * from basepool._list_findings(basepool.now())"
    before, found = pool.cost("select basepool.get_status()"), pool.cost(findings)
    pool.finish(20_000)
    owner.rows("analyze")
    assert pool.cost(findings).pages < found.pages + 250
    # an hour of the history is a row a minute
    assert pool.cost("select basepool.get_status()").pages < 2 * before.pages + 300

    attempt, generation = owner.rows(
        "select id, generation_id from basepool.attempts order by finished_at desc limit 1"
    )[0]
    for query, parameter in (
        ("select basepool.get_generation(%s)", generation),
        ("select basepool._explain_generation(%s)", generation),
        ("select * from basepool.get_webhook_secrets(%s)", attempt),
        ("select * from basepool.renew_leases('tester', array[%s]::uuid[])", attempt),
        # where no index says what is new, the end of the table
        ("select * from basepool._newest_generations('-infinity', 100000, %s)", 20),
    ):
        assert pool.cost(query, parameter).pages < 100, query


_FAILURES = """
insert into public.generations
  (user_id, action, model_id, model_name, replicate_model, prompt, status, completed_at, settled_at, created_at)
select
  %s, 'create', 'm', 'M', 'acme/painter', 'a cat'
  , case s.n %% 3 when 0 then 'cancelled' else 'failed' end, now(), now(), now() - s.n * interval '100 ms'
from generate_series(1, %s) as s (n)
"""
"""So many that failed or were cancelled, of one user, in the last minutes."""
_ENDED = """
insert into basepool.attempts
  (id, generation_id, attempt_no, seat_id, token_id, account_id, state, worker, model, queue_tag, queued_at, leased_at
  , finished_at)
select
  gen_random_uuid(), gen_random_uuid(), 1, t.id * 1000, t.id, t.account_id, 'succeeded', 'w', 'acme/painter', 0, e.at, e.at
  , e.at
from generate_series(1, %s) as s (n)
cross join lateral (select now() - %s * interval '1 minute' - s.n * interval '10 ms' as at) as e
cross join (select * from public.replicate_tokens order by id limit 1) as t
"""
"""So many attempts that ended so many minutes ago; their generations are gone."""
_PAGES = (
    "select basepool.page_overview()",
    "select basepool.page_pool()",
    "select basepool.page_jobs()",
    "select basepool.page_settings()",
    "select basepool.page_audit()",
    "select basepool.page_find('no such key')",
    *(
        f"select basepool.page_generations('{json.dumps(one)}', p_limit => 100)"
        for one in (
            *({"tab": tab} for tab in ("waiting", "in_flight", "failed", "cancelled", "completed", "attempts")),
            # what no index knows, and nothing is
            {"tab": "failed", "rule": "no-credit"},
            {"tab": "attempts", "model": "nobody/knows"},
            {"tab": "waiting", "token_id": 999},
            {"tab": "completed", "user_id": str(user(1))},
            {"tab": "attempts", "user_id": str(user(1))},
        )
    ),
)


def test_a_page_of_an_operator_costs_the_same_whatever_there_is(pool: Pool, owner: Owner) -> None:
    """Lists look at 2,000 rows, counts stop at 10,000: with twice as many no page costs more, whatever the statistics say, but
    for what waits, of which there are less than are counted."""
    pool.add_tokens(10)
    pool.submit(300)
    pool.live(20)
    pool.claim(50)

    def grow(minutes_ago: int) -> None:
        pool.submit(2_100)
        owner.rows(_ENDED, 11_000, minutes_ago)
        owner.rows(_FAILURES, user(1), 2_100)

    grow(30)
    before = {query: pool.cost(query, calls=2).pages for query in _PAGES}
    assert {query: pages for query, pages in before.items() if pages > 50_000} == {}
    grow(10)
    for prepare in ("select", "vacuum analyze"):
        owner.rows(prepare)
        owner.rows("discard plans")
        after = {query: pool.cost(query, calls=2).pages for query in _PAGES}
        dearer = {
            query: (before[query], pages) for query, pages in after.items() if pages > 1.3 * before[query] + 3_000
        }
        assert dearer == {}, prepare

    # one generation, wherever it is
    for which in (
        "select id from public.generations where status = 'completed' limit 1",
        "select generation_id from basepool.seats where attempt_id is not null limit 1",
        "select generation_id from basepool.queue order by place limit 1",
    ):
        id = owner.value(which)
        assert pool.cost("select basepool.page_generation(%s)", id, calls=2).pages < 2_000, which
        assert pool.cost("select basepool.page_find(%s)", str(id), calls=2).pages < 200, which


_BUSY_HOUR = """
insert into basepool.attempts
  (id, generation_id, attempt_no, seat_id, token_id, account_id, state, worker, model, queue_tag, queued_at, leased_at
  , finished_at, prediction_id, predict_seconds)
select
  a.id, a.id, 1, t.id * 1000, t.id, t.account_id, 'succeeded', 'w', 'acme/painter', 0, a.ended_at, a.ended_at
  , a.ended_at, a.id::text, 1
from generate_series(1, 20000) as s (n)
cross join lateral (select gen_random_uuid() as id, now() - s.n * interval '150 ms' as ended_at) as a
cross join (select * from public.replicate_tokens order by id limit 1) as t
"""


def test_what_people_and_monitors_look_at_costs_the_same_after_a_busy_hour(pool: Pool, owner: Owner) -> None:
    """What was counted is not read again, neither for them nor by the next count."""
    pool.add_tokens(5)
    pool.submit(100)
    pool.live(10)
    looks = (
        "select basepool.get_status()",
        "select * from basepool.get_metrics()",
        "select * from basepool._minutes(now(), 60)",
        "select * from basepool.list_budgets()",
        "select * from basepool.get_token_stats('1 day')",
    )
    owner.rows("select basepool._roll_up()")
    before = {look: pool.cost(look).pages for look in looks}
    owner.rows(_BUSY_HOUR)
    for _ in range(3):
        owner.rows("select basepool._roll_up()")
    for prepare in ("select", "vacuum analyze"):
        owner.rows(prepare)
        owner.rows("discard plans")
        # a row a minute, and what ended within the five minutes that a count looks back: 2,000, not 20,000
        for look in looks:
            assert pool.cost(look).pages < 2 * before[look] + 3_000, (look, prepare)
    assert pool.cost("select * from basepool.get_metrics()").pages < 1_500


def test_a_roll_up_counts_what_is_new(pool: Pool, owner: Owner) -> None:
    pool.add_tokens(2)
    pool.submit(100)
    pool.finish(2_000)
    owner.rows("analyze")
    owner.rows("begin")
    # the second one would have nothing new
    whole = pool.cost("select basepool._roll_up_token_stats()", calls=1)
    owner.rows("rollback")
    assert owner.value("select basepool._roll_up_token_stats()") > 30

    pool.live(1)
    owner.rows("begin")
    # of two tokens, the hour of this, and one that has begun meanwhile
    assert owner.value("select basepool._roll_up_token_stats()") <= 4
    owner.rows("rollback")
    owner.rows("select basepool._roll_up_token_stats()")
    pool.live(1)
    assert 5 * pool.cost("select basepool._roll_up_token_stats()", calls=1).pages < whole.pages
    # heartbeats ask, too, and mostly in vain
    assert pool.cost("select basepool._count_attempts('15 seconds')").pages < 100


def test_what_every_claim_asks_of_all_tokens_is_inlined(pool: Pool, owner: Owner) -> None:
    """A function that is called instead, per token, costs more than all the rest."""
    pool.add_tokens(2)
    plan = "\n".join(
        line for (line,) in owner.rows("explain verbose select * from basepool._open_tokens(now(), 2000000)")
    )
    assert "limiters" in plan
    assert not re.findall(r"basepool\._\w+\(", plan)
