-- How the pool did, and how it is: what an operator asks before adding a token or blaming one.
create or replace function basepool.get_token_stats(p_window interval default '1 hour')
returns table (
  token_id integer,
  account text,
  state text,
  reason text,
  back_at timestamptz,
  in_flight integer,
  free integer,
  leases integer,
  succeeded integer,
  failed integer,
  canceled integer,
  rejected integer,
  open integer,
  success_rate numeric,
  predict_seconds numeric,
  errors jsonb,
  queue_p50 numeric,
  queue_p95 numeric,
  submit_p50 numeric,
  submit_p95 numeric,
  predict_p50 numeric,
  predict_p95 numeric
)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := basepool.now();
begin
  if p_window > interval '2 hours' then
    perform basepool._count_attempts();
  end if;
  return query
  select
    coalesce(c.token_id, m.token_id),
    coalesce(a.username, 'account ' || a.id),
    coalesce(c.state, 'removed'),
    c.reason,
    c.back_at,
    coalesce(c.in_flight, 0),
    coalesce(c.free, 0),
    coalesce(m.leases, 0),
    coalesce(m.succeeded, 0),
    coalesce(m.failed, 0),
    coalesce(m.canceled, 0),
    coalesce(m.rejected, 0),
    coalesce(m.open, 0),
    round(m.succeeded::numeric / nullif(m.leases - m.open, 0), 3),
    coalesce(m.predict_seconds, 0),
    coalesce(m.errors, '{}'),
    m.queue_p50,
    m.queue_p95,
    m.submit_p50,
    m.submit_p95,
    m.predict_p50,
    m.predict_p95
  from basepool._token_capacity(v_now) as c
  full join (
    select e.* from basepool._measure_attempts(v_now - p_window) as e where p_window <= interval '2 hours'
    union all
    select s.* from basepool._sum_attempts(v_now - p_window) as s where p_window > interval '2 hours'
  ) as m on m.token_id = c.token_id
  inner join basepool.accounts as a on a.id = coalesce(c.account_id, m.account_id)
  order by 1;
end
$$;

revoke all on function basepool.get_token_stats(interval) from public, anon, authenticated, service_role;
grant execute on function basepool.get_token_stats(interval) to basepool_glue;

comment on function basepool.get_token_stats(interval) is
'Per token: its state now (in flight, free, reason, back_at) and the attempts leased within p_window: outcomes, success_rate of
those that ended, seconds charged, errors by rule, and percentiles in seconds. A window of more than two hours begins with a full
hour (UTC) and is read from the roll-up: its percentiles are off by a quarter at most. A removed token that was used is listed too, so
leases add up to the attempts.';
