-- One place says how much of a budget is used: what was spent, and what is in flight as its model usually takes.
create or replace function basepool._list_budgets(p_now timestamptz)
returns table (
  account_id bigint,
  account text,
  seconds numeric,
  usd numeric,
  expected_seconds numeric,
  expected_usd numeric,
  budget_seconds numeric,
  budget_usd numeric,
  share numeric,
  until timestamptz
)
language sql
stable
set search_path = ''
as $$
  with spent as (
    select s.account_id, sum(s.seconds) as seconds, sum(s.usd) as usd
    from basepool.spending as s
    where s.hour >= date_trunc('day', p_now, 'UTC')
    group by s.account_id
  ),

  flying as (
    select
      f.account_id
      , sum(f.leases * t.seconds) as seconds
      , sum(f.leases * (coalesce(m.usd_per_run, 0) + t.seconds * coalesce(m.usd_per_second, 0))) as usd
    from (
      select k.account_id, s.model, count(*) as leases
      from basepool.seats as s
      inner join public.replicate_tokens as k on k.id = s.token_id
      where s.attempt_id is not null
      group by k.account_id, s.model
    ) as f
    cross join lateral basepool._find_model(f.model) as m
    left join basepool.model_stats as l on l.model = f.model
    cross join lateral (select coalesce(extract(epoch from l.p50), 0) as seconds) as t
    group by f.account_id
  ),

  used as (
    select
      a.id, coalesce(a.username, a.id::text) as account, coalesce(s.seconds, 0) as seconds, coalesce(s.usd, 0) as usd
      , coalesce(f.seconds, 0) as expected_seconds, coalesce(f.usd, 0) as expected_usd
      , a.budget_seconds_per_day, a.budget_usd_per_day
    from basepool.accounts as a
    left join spent as s on s.account_id = a.id
    left join flying as f on f.account_id = a.id
    union all
    select
      null, 'all'
      , (select coalesce(sum(s.seconds), 0) from spent as s), (select coalesce(sum(s.usd), 0) from spent as s)
      , (select coalesce(sum(f.seconds), 0) from flying as f), (select coalesce(sum(f.usd), 0) from flying as f)
      , c.budget_seconds_per_day, c.budget_usd_per_day
    from basepool.settings as c
  )

  select
    u.*
    , greatest(
      (u.seconds + u.expected_seconds) / u.budget_seconds_per_day, (u.usd + u.expected_usd) / u.budget_usd_per_day
    )
    , date_trunc('day', p_now, 'UTC') + interval '24 hours'
  from used as u
$$;

revoke all on function basepool._list_budgets(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._list_budgets(timestamptz) is
'What was spent since midnight UTC (seconds, usd), what is expected of what is in flight, and the budgets: one row per account, and
one of account_id null for all. share: how much of the budget that is used most is used, expected included; null: no
budget. until: the next midnight.';
