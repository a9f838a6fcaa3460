"""Who waits for what, holding what: for every function and every kind of row that it may want, somebody else holds that row,
and while the function waits, all other rows are tried. What it holds must be older in one order than what it waits for: where
no two functions go different ways round, none can deadlock."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

from tests.support import PATIENCE_SECONDS, Owner, eventually

ORDER = ["seat", "generation", "user", "file", "queue", "lost", "cancellation", "token", "account", "limiter"]
"""The order in which rows are locked. From `token` on nobody waits for what comes before, so claims are never kept waiting."""

_WORLD = """
select basepool.configure('{"user_active_limit": 1000}');
select basepool.add_token('r8_token_number_' || n, 'account-' || n, 'user', null, 5) from generate_series(1, 2) as s (n);
create table public.world (name text primary key, generation uuid, attempt uuid);
insert into public.world (name, generation)
select n.name, public.submit_generation('acme/painter', '{"prompt": "a cat"}', p_user_id => md5(n.name)::uuid)
from unnest(array['running', 'sent', 'lost', 'cancelled']) as n (name);
update public.world as w set attempt = c.attempt_id
from basepool.claim_generations('tester', 4) as c where c.generation_id = w.generation;
select basepool.record_submitted(w.attempt, '{"id": "p1", "status": "starting"}')
from public.world as w where w.name = 'running';
select basepool.record_rejected(w.attempt, 'transport', null, 'timeout: lost') from public.world as w where w.name = 'lost';
insert into public.world (name, generation)
select n.name, public.submit_generation('acme/painter', '{"prompt": "a cat"}', p_user_id => md5(n.name)::uuid)
from unnest(array['waiting', 'dead']) as n (name);
update public.generations as g set status = 'failed' from public.world as w where g.id = w.generation and w.name = 'dead';
insert into public.world (name, generation)
values ('unsettled', public.submit_generation('acme/painter', '{"prompt": "a cat"}', p_user_id => md5('unsettled')::uuid));
delete from basepool.queue as q using public.world as w where q.generation_id = w.generation and w.name = 'unsettled';
insert into basepool.unsettled (generation_id, status, reason, since, again_at)
select w.generation, 'failed', 'the ledger is closed', now(), now() from public.world as w where w.name = 'unsettled';
insert into public.world (name, generation)
values ('kept', public.submit_generation('acme/painter', '{"prompt": "a cat"}', p_user_id => md5('kept')::uuid));
update public.generations as g set status = 'completed', output_urls = array['https://replicate.delivery/a']
from public.world as w where g.id = w.generation and w.name = 'kept';
select basepool._expect_files(array[w.generation], array[null]) from public.world as w where w.name = 'kept';
create table public.leases as select lease from basepool.claim_output_files('keeper', 1);
select basepool.record_submitted(w.attempt, '{"id": "p4", "status": "starting"}')
from public.world as w where w.name = 'cancelled';
select basepool.cancel_for_user(w.generation) from public.world as w where w.name = 'cancelled';
select basepool.cut_over('*', 0);
with own as (
  insert into public.generations (user_id, action, model_id, model_name, replicate_model, replicate_input)
  values (md5('own')::uuid, 'create', 'm', 'M', 'acme/painter', '{}') returning id
)
insert into public.world (name, generation) select 'own', o.id from own as o;
create function public.attempt(p_name text) returns uuid language sql stable as
  'select w.attempt from public.world as w where w.name = p_name';
create function public.generation(p_name text) returns uuid language sql stable as
  'select w.generation from public.world as w where w.name = p_name';
create function public.said(p_id text, p_status text, p_error text default null) returns jsonb language sql as
  'select jsonb_build_object(''id'', p_id, ''status'', p_status, ''error'', p_error)';
create function public.token() returns integer language sql stable as 'select min(id) from public.replicate_tokens';
update basepool.seats set check_at = now(), answer_due_at = now() where attempt_id is not null;
update basepool.lost_attempts set search_at = now();
update public.generations set created_at = now() - interval '2 hours';
"""

_ROWS = {
    "user": "basepool.user_limits",
    "seat": "basepool.seats where attempt_id is not null",
    "generation": "public.generations",
    "file": "basepool.output_files",
    "queue": "basepool.queue",
    "lost": "basepool.lost_attempts",
    "cancellation": "basepool.cancellations",
    "token": "public.replicate_tokens",
    "account": "basepool.accounts",
    "limiter": "basepool.limiters",
}


def _twice(action: str, tab: str) -> str:
    """Many are acted on after a dry run."""
    what = f"'anna', '{action}', '{{\"tab\": \"{tab}\"}}'"
    return f"select basepool.act_on_generations({what}, basepool.act_on_generations({what}) ->> 'dry_run')"


FUNCTIONS = {
    "submit": "select public.submit_generation('acme/painter', '{\"prompt\": \"x\"}', p_user_id => md5('running')::uuid)",
    "claim": "select * from basepool.claim_generations('other', 10)",
    "get_next_replicate_token": "select * from public.get_next_replicate_token()",
    "record accepted": "select basepool.record_submitted(public.attempt('sent'), public.said('p2', 'starting'))",
    "record refused": "select basepool.record_rejected(public.attempt('sent'), 'http', 422, '')",
    "record 429": "select basepool.record_rejected(public.attempt('sent'), 'http', 429, '')",
    "record 401": "select basepool.record_rejected(public.attempt('sent'), 'http', 401, '')",
    "record lost": "select basepool.record_rejected(public.attempt('sent'), 'transport', null, 'timeout: x')",
    "record unsent": "select basepool.record_rejected(public.attempt('sent'), 'transport', null, 'unsent: x')",
    "apply progress": "select basepool.apply_prediction(public.attempt('running'), public.said('p1', 'processing'), 'poll')",
    "apply success": "select basepool.apply_prediction(public.attempt('running'), public.said('p1', 'succeeded'), 'poll')",
    "apply failure": "select basepool.apply_prediction(public.attempt('running'), public.said('p1', 'failed', 'E003'), 'poll')",
    "apply found": "select basepool.apply_prediction(public.attempt('lost'), public.said('p3', 'processing'), 'search')",
    "cancel running": "select basepool.cancel_for_user(public.generation('running'))",
    "cancel sent": "select basepool.cancel_for_user(public.generation('sent'))",
    "cancel waiting": "select basepool.cancel_for_user(public.generation('waiting'))",
    "cancel many": "select basepool.cancel_generations(p_all => true, p_dry_run => false)",
    "the app ends one": ("update public.generations set status = 'cancelled' where id = public.generation('waiting')"),
    "the app fails one that runs": "update public.generations set status = 'failed' where id = public.generation('running')",
    "the app deletes one": "delete from public.generations where id = public.generation('waiting')",
    "the app ends one that runs": "update public.generations set status = 'cancelled' where id = public.generation('running')",
    "the app deletes one that runs": "delete from public.generations where id = public.generation('running')",
    "the app deletes one that is sent": "delete from public.generations where id = public.generation('sent')",
    "record_cancellation": "select basepool.record_cancellation(public.attempt('cancelled'), 200)",
    "apply the end of a cancelled one": (
        "select basepool.apply_prediction(public.attempt('cancelled'), public.said('p4', 'canceled'), 'cancel')"
    ),
    "renew_leases": "select basepool.renew_leases('tester', array[public.attempt('sent')])",
    "expire_leases": "select basepool.expire_leases()",
    "settle_again": "select basepool.settle_again()",
    "claim_checks": "select * from basepool.claim_checks(10)",
    "claim_searches": "select * from basepool.claim_searches('other', 10)",
    "claim_cancellations": "select * from basepool.claim_cancellations(10)",
    "claim_probes": "select * from basepool.claim_probes(10)",
    "record_check_failed": "select basepool.record_check_failed(public.attempt('running'), 500, 'x')",
    "cleanup": "select basepool._fail_stuck_generations()",
    "retry_generations": "select * from basepool.retry_generations(array[public.generation('dead')])",
    "an operator retries many": _twice("retry", "failed"),
    "an operator cancels many": _twice("cancel", "waiting"),
    "an operator has a token probed": "select basepool.act_on_token('anna', public.token(), 'probe')",
    "give_back": "select basepool.give_back('*')",
    "the app takes one back": "update public.generations set queued_at = null where id = public.generation('waiting')",
    "the app hands one over": "update public.generations set queued_at = now() where id = public.generation('own')",
    "delete_old": "select basepool._delete_old_generations()",
    "roll_up": "select basepool._roll_up()",
    "prune": "select basepool._prune_history()",
    "limit_user": "select basepool.limit_user(md5('running')::uuid, 3)",
    "disable_token": "select basepool.disable_token(public.token())",
    "enable_token": "select basepool.enable_token(public.token())",
    "limit_token": "select basepool.limit_token(public.token(), 3, 2, 100)",
    "limit_token less": "select basepool.limit_token(public.token(), 1)",
    "record_probe": "select basepool.record_probe(public.token(), 200)",
    "pause account": "select basepool.pause('account', 'account-1')",
    "pause model": "select basepool.pause('model', 'acme/painter')",
    "resume account": "select basepool.resume('account', 'account-1')",
    "resume model": "select basepool.resume('model', 'acme/painter')",
    "the app deletes one that is kept": "delete from public.generations where id = public.generation('kept')",
    "claim files": "select * from basepool.claim_output_files('other', 10)",
    "renew files": "select * from basepool.renew_output_files(array(select lease from public.leases))",
    "record a file": (
        "select * from basepool.record_output_files((select jsonb_agg(jsonb_build_object("
        "'lease', lease, 'outcome', 'failed', 'code', 'too_large')) from public.leases))"
    ),
    "retry files": "select basepool.retry_output_files()",
    "claim deleted files": "select * from basepool.claim_deleted_files(10)",
    "keep outputs": "select basepool.keep_outputs('1 day')",
    "record_account": "select basepool.record_account(public.token(), 'account-2', 'user', null)",
}


@dataclass(frozen=True)
class Wait:
    """`function` waits for a row of `wanted`, holding rows of `held`."""

    function: str
    wanted: str
    held: frozenset[str]


class _Called:
    """A function, called in a transaction of its own that is rolled back unless it is to `commit`."""

    def __init__(self, url: str, query: str, *, commit: bool = False) -> None:
        self._commit = commit
        self._connection = psycopg.connect(url)
        self._connection.execute("set local lock_timeout = '60 s'")
        self.pid = self._connection.info.backend_pid
        self.error: psycopg.Error | None = None
        self._thread = threading.Thread(target=self._run, args=(query,), daemon=True)
        self._thread.start()

    def _run(self, query: str) -> None:
        try:
            self._connection.execute(query.encode())
            if self._commit:
                self._connection.commit()
        except psycopg.Error as error:
            self.error = error

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def end(self) -> None:
        with contextlib.suppress(psycopg.Error):
            self._connection.cancel_safe()
        self._thread.join(PATIENCE_SECONDS)
        self._connection.close()


def _is_held(connection: psycopg.Connection[Any], rows: str) -> bool:
    try:
        connection.execute(f"select from {rows} for update nowait".encode())
    except pg.LockNotAvailable:
        return True
    finally:
        connection.rollback()
    return False


def _observe(url: str, owner: Owner, function: str, wanted: str) -> Wait | None:
    """What `function` holds while it waits for `wanted`; None if it does not wait."""
    with psycopg.connect(url) as holder, psycopg.connect(url) as prober:
        holder.execute(f"select from {_ROWS[wanted]} for update".encode())
        called = _Called(url, FUNCTIONS[function])
        try:

            def settled() -> str | None:
                if called.is_over:
                    return "over"
                [[waits]] = owner.rows(
                    "select count(*) from pg_catalog.pg_locks where pid = %s and not granted", called.pid
                )
                return "waits" if waits else None

            if eventually(settled, f"{function} beside a locked {wanted}") == "over":
                assert called.error is None or called.error.sqlstate not in ("40P01", "55P03"), called.error
                return None
            held = {kind for kind, rows in _ROWS.items() if kind != wanted and _is_held(prober, rows)}
            return Wait(function, wanted, frozenset(held))
        finally:
            holder.rollback()
            called.end()


@pytest.fixture
def world(owner: Owner) -> Owner:
    owner.rows(_WORLD)
    return owner


def test_locks_are_taken_in_one_order_and_nobody_keeps_claims_waiting(database_url: str, world: Owner) -> None:
    waits = [
        wait for function in FUNCTIONS for wanted in _ROWS if (wait := _observe(database_url, world, function, wanted))
    ]

    # something was seen
    assert {wait.function for wait in waits} >= {"submit", "claim", "record 429", "apply success", "cancel running"}
    assert Wait("apply success", "generation", frozenset({"seat"})) in waits

    wrong = [wait for wait in waits for held in wait.held if ORDER.index(held) >= ORDER.index(wait.wanted)]
    assert wrong == []
    graph = {kind: {held for wait in waits if wait.wanted == kind for held in wait.held} for kind in ORDER}
    assert tuple(TopologicalSorter(graph).static_order())

    # a claim waits for nothing but a limiter, and only while it has nothing; whoever has a limiter waits for nothing
    assert [wait for wait in waits if wait.function == "claim"] == [Wait("claim", "limiter", frozenset())]
    assert [wait for wait in waits if "limiter" in wait.held] == []
    # nobody but who leases waits for a limiter at all, so whoever holds one can't be waited for in a circle
    assert {wait.function for wait in waits if wait.wanted == "limiter"} == {"claim", "get_next_replicate_token"}


def test_a_cancel_does_not_wait_for_a_claim(database_url: str, world: Owner) -> None:
    with psycopg.connect(database_url) as claim:
        claimed = claim.execute("select generation_id from basepool.claim_generations('other', 10)").fetchall()
        assert claimed
        [[generation]] = claimed
        world.rows("set lock_timeout = '1 s'")

        # the owner's connection answers while the claim is still open
        assert world.value("select basepool.cancel_for_user(%s)", generation) == "cancelled"
        claim.commit()

    # what the claim had in hand counts until it is known
    counted = "select count(*) from basepool.cancellations where id = %s"
    assert world.value(counted, generation) == 1
    # its call is under way; the answer finds the generation over, and what came of it is to be cancelled
    attempt = world.value("select attempt_id from basepool.seats where generation_id = %s", generation)
    assert (
        world.value("select basepool.record_submitted(%s, %s::jsonb)", attempt, '{"id": "p9", "status": "starting"}')
        == "recorded"
    )
    assert ("p9",) in world.rows("select prediction_id from basepool.claim_cancellations(9)")
    assert (world.value(counted, generation), world.value(counted, attempt)) == (0, 1)
    assert world.value("select status from public.generations where id = %s", generation) == "cancelled"


def test_a_transaction_of_the_app_takes_a_token_and_then_cancels(database_url: str, world: Owner) -> None:
    [[generation, attempt]] = world.rows("select generation, attempt from public.world where name = 'sent'")
    world.rows("set lock_timeout = '60 s'")
    with psycopg.connect(database_url) as app:
        for _ in range(2):
            app.execute("select * from public.get_next_replicate_token()")
        # a 429 blames the account whose limiter the app has
        assert world.value("select (basepool.record_rejected(%s, 'http', 429, '')).decision", attempt) == "retry"
        app.execute("select basepool.cancel_for_user(%s)", [generation])
        app.commit()
    assert world.value("select status from public.generations where id = %s", generation) == "cancelled"


def test_what_a_deleted_token_was_to_run_waits_again(database_url: str, owner: Owner) -> None:
    owner.rows("select basepool.add_token('r8_token_number_1', 'account-1', 'user', null, 5)")
    owner.submit(1)
    with psycopg.connect(database_url) as operator:
        operator.execute("delete from public.replicate_tokens")
        claim = _Called(database_url, "select * from basepool.claim_generations('other', 1)", commit=True)
        try:
            eventually(
                lambda: owner.rows("select 1 from pg_catalog.pg_locks where pid = %s and not granted", claim.pid),
                "the claim's wait for the token's seat",
            )
            operator.commit()
            eventually(lambda: claim.is_over, "the claim")
        finally:
            claim.end()
    assert owner.value("select count(*) from basepool.seats") == 0
    assert owner.rows("select tries, run_after from basepool.queue") == [(0, None)]
