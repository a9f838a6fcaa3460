"""The floor of `finish`: what the product writes, by the shortest statements that write it, with every decision left out.

The same database, the same rows, columns, indexes, constraints, triggers and commits. Left out is what makes it a product: the
round, the limits, the order of locks, retries, late answers, duplicates, errors per item. What no version of
`claim_generations` and `apply_predictions` that keeps these rows gets past; what is between the two is the price of the rules.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg

from bench.product import OUTPUT, Client, Lease, attempts, prediction, timed

_SCHEMA: LiteralString = """
create function bench.bare_claim(p_max integer)
returns table (answer text, attempt_id uuid, generation_id uuid, token text, target text, input jsonb)
language plpgsql
set search_path = ''
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
#variable_conflict use_column
declare
  v_now timestamptz := clock_timestamp();
  v_token integer;
  v_seats integer[];
  v_generations uuid[];
begin
  select 1 + floor(random() * (select max(t.id) from public.replicate_tokens as t)) into v_token;
  update basepool.limiters as l set creates_spent = l.creates_spent + 1, turn = l.turn + 1, served_tag = l.served_tag + 1
  where l.account_id = v_token;
  select array_agg(s.id) into v_seats from (
    select s.id from basepool.seats as s where s.token_id = v_token and s.attempt_id is null order by s.turn limit p_max
  ) as s;
  with taken as (
    delete from basepool.queue as q using (
      select w.ctid from basepool.queue as w where w.run_after is null order by w.priority, w.tag, w.place
      limit coalesce(cardinality(v_seats), 0) for update skip locked
    ) as first where q.ctid = first.ctid returning q.generation_id
  )
  select array_agg(t.generation_id) into v_generations from taken as t;
  if v_generations is null then
    answer := case when exists (select from basepool.queue) then 'busy' else 'empty' end;
    return next;
    return;
  end if;
  return query
    update basepool.seats as s
    set
      attempt_id = basepool._name_attempt(s.id), generation_id = g.id, attempt_no = 1, state = 'submitting', worker = 'bare'
      , model = g.replicate_model, queue_tag = 1, queued_at = g.queued_at, leased_at = v_now, answer_due_at = v_now
      , has_webhook = true, checks = 0, found_by_search = false, submitted_at = null, prediction_id = null
      , prediction_status = null, predict_seconds = null, http_status = null, error = null, error_rule = null
      , decision = null, heard_at = null, check_at = null
    from unnest(v_seats, v_generations) as p (seat_id, generation_id)
    inner join public.generations as g on g.id = p.generation_id
    where s.id = p.seat_id
    returning 'lease', s.attempt_id, g.id, (select t.token from public.replicate_tokens as t where t.id = v_token)
      , g.replicate_model, g.replicate_input;
end
$$;
create function bench.bare_finish(p_attempts uuid[], p_predictions jsonb[])
returns void
language plpgsql
set search_path = ''
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
  v_now timestamptz := clock_timestamp();
begin
  update public.generations as g
  set
    status = 'completed', started_at = s.leased_at, completed_at = v_now, processing_time_ms = 1, error_message = null
    , replicate_prediction_id = d.prediction ->> 'id', replicate_token_index = s.token_id
    , replicate_output = d.prediction, output_urls = array[d.prediction #>> '{output,0}'], output_text = null
  from unnest(p_attempts, p_predictions) as d (attempt_id, prediction)
  inner join basepool.seats as s on s.id = basepool._seat_of(d.attempt_id)
  where g.id = s.generation_id;
  insert into basepool.attempts
  select
    s.attempt_id, s.generation_id, s.attempt_no, s.id, s.token_id, s.token_id, 'succeeded', s.worker, s.model, s.queue_tag
    , s.queued_at, s.leased_at, v_now, v_now, d.prediction ->> 'id', 'succeeded'
    , (d.prediction #>> '{metrics,predict_time}')::numeric, null, null, null, null, false, null, null
  from unnest(p_attempts, p_predictions) as d (attempt_id, prediction)
  inner join basepool.seats as s on s.id = basepool._seat_of(d.attempt_id);
  update basepool.seats as s
  set attempt_id = null, generation_id = null, turn = s.turn + 1000000
  from unnest(p_attempts) as d (attempt_id)
  where s.id = basepool._seat_of(d.attempt_id);
end
$$;
"""


def prepare(connection: psycopg.Connection[Any]) -> None:
    """What a BareClient calls."""
    connection.execute(_SCHEMA)
    connection.execute(timed("timed_bare_claim", "bench.bare_claim(p_max)"))


class BareClient(Client):
    """A connection that writes what the product's would write."""

    claim_query = "select * from bench.bare_claim($1)"
    timed_query = "select * from bench.timed_bare_claim($1)"

    async def apply(
        self, leases: Sequence[Lease], status: str, *, by_webhook: bool = False, output: str = OUTPUT
    ) -> None:
        """They have succeeded."""
        said = [json.dumps(prediction(lease, status, output)) for lease in leases]
        await self._connection.fetch("select bench.bare_finish($1::uuid[], $2::jsonb[])", attempts(leases), said)
