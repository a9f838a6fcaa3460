-- What was spent, by the hour: the only place that turns seconds into money. Hours that were over when they were counted are not
-- counted again, so that prices may change.
create or replace function basepool._count_spending()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_since timestamptz;
  v_count integer;
begin
  -- what was committed while it was counted last may have ended some time before
  select coalesce(
    date_trunc('hour', max(s.counted_at) - interval '10 minutes', 'UTC'), date_trunc('day', v_now, 'UTC')
  ) into v_since
  from basepool.spending as s;
  insert into basepool.spending as s (account_id, hour, runs, seconds, usd, counted_at)
  select
    a.account_id, a.hour, sum(a.runs), sum(a.seconds)
    , sum(a.runs * coalesce(m.usd_per_run, 0) + a.seconds * coalesce(m.usd_per_second, 0)), v_now
  from (
    select
      o.account_id, o.model, date_trunc('hour', o.finished_at, 'UTC') as hour
      , count(o.prediction_id)::integer as runs, coalesce(sum(o.predict_seconds), 0) as seconds
    from basepool.attempts as o
    where o.finished_at >= v_since and o.state not in ('rejected', 'aborted')
    group by 1, 2, 3
  ) as a
  cross join lateral basepool._find_model(a.model) as m
  group by a.account_id, a.hour
  order by a.account_id, a.hour
  on conflict (account_id, hour) do update
  set runs = excluded.runs, seconds = excluded.seconds, usd = excluded.usd, counted_at = excluded.counted_at;
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

revoke all on function basepool._count_spending() from public, anon, authenticated, service_role;

comment on function basepool._count_spending() is
'Brings basepool.spending up to date. Returns the rows written. Part of the job rollup, and of heartbeats where there is a budget.';
