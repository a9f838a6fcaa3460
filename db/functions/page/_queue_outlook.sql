-- What waits, as far as it says how long it will keep the pool busy. A look at some of it is enough, and all that a page may
-- cost.
create or replace function basepool._queue_outlook(p_now timestamptz)
returns jsonb
language plpgsql
stable
set search_path = ''
set enable_seqscan = off
set enable_sort = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_most constant integer := 10000;
  v_looks constant integer := 2000;
  v_count bigint;
  v_seconds double precision;
  v_submit double precision;
  v_usual double precision;
  v_predict double precision;
  v_known double precision;
  v_gates jsonb;
begin
  select count(*) into v_count from (select from basepool.queue as q where q.parked_for is null limit v_most + 1) as q;
  -- of models that nothing is known of: as the others
  select avg(extract(epoch from a.submitted_at - a.leased_at)), avg(extract(epoch from a.finished_at - a.leased_at)), avg(a.predict_seconds)
  into v_submit, v_usual, v_predict
  from (
    select o.* from basepool.attempts as o
    where o.finished_at > p_now - interval '7 days' order by o.finished_at desc limit 200
  ) as a
  where a.state = 'succeeded';

  select
    sum(m.count * coalesce(extract(epoch from s.p50), v_usual)) / nullif(sum(m.count), 0)
    , sum(m.count) filter (where s.model is not null) / nullif(sum(m.count), 0)
  into v_seconds, v_known
  from (
    select g.replicate_model as model, count(*) as count
    from (select q.generation_id from basepool.queue as q where q.parked_for is null limit v_looks) as q
    cross join lateral (select o.replicate_model from public.generations as o where o.id = q.generation_id offset 0) as g
    group by g.replicate_model
  ) as m
  left join basepool.model_stats as s on s.model = left(m.model, 200);

  select jsonb_agg(jsonb_build_object(
    'pattern', g.pattern, 'waiting', g.count, 'max_in_flight', g.max_in_flight, 'in_flight', basepool._count_at_gate(g.pattern)
    , 'seconds', coalesce((
      select avg(extract(epoch from s.p50)) from basepool.model_stats as s where (basepool._find_model(s.model)).pattern = g.pattern
    ), v_seconds)
  ))
  into v_gates
  from (
    select m.pattern, m.max_in_flight, count(*) as count
    from (select q.gate from basepool.queue as q where q.gate is not null and q.parked_for is null limit v_most + 1) as q
    inner join basepool.models as m on m.pattern = q.gate
    where m.max_in_flight is not null
    group by m.pattern
    limit 20
  ) as g;

  return jsonb_build_object(
    'count', least(v_count, v_most)
    , 'capped', v_count > v_most
    -- what cannot be counted was estimated by the last vacuum
    , 'about', case
      when v_count <= v_most then v_count
      else greatest(v_count, (select c.reltuples::bigint from pg_catalog.pg_class as c where c.oid = 'basepool.queue'::regclass))
    end
    , 'seconds_each', v_seconds
    , 'seconds_known', round(coalesce(v_known, 0)::numeric, 2)
    , 'submit_seconds', v_submit
    , 'predict_seconds', coalesce(v_predict, v_seconds)
    , 'gates', coalesce(v_gates, '[]')
  );
end
$$;

revoke all on function basepool._queue_outlook(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._queue_outlook(timestamptz) is
'What waits at p_now, parked ones apart: {count (up to 10,000), capped, about (estimated, where it is capped), seconds_each (how
long one keeps a seat: the median of its model in model_stats, of 2,000 that wait; of models that are not there the mean of the
last 200 successes; null: nothing is known), seconds_known (the share of them whose model is there), submit_seconds (how long a
create takes), predict_seconds (what is charged for one), gates: [{pattern, waiting, max_in_flight, in_flight, seconds}]}.';
