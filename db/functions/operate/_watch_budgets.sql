-- A claim compares one time; whether it is to be there is found out here, now and then, by whoever comes. Whoever else is at it
-- does the same and is not waited for.
create or replace function basepool._watch_budgets()
returns integer
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_count integer;
begin
  if not exists (
    select from basepool.settings as s where s.budget_seconds_per_day is not null or s.budget_usd_per_day is not null
  ) and not exists (
    select from basepool.accounts as a
    where a.budget_seconds_per_day is not null or a.budget_usd_per_day is not null or a.over_budget_until is not null
  ) or not pg_try_advisory_xact_lock(hashtextextended('basepool budgets', 0)) then
    return 0;
  end if;
  perform basepool._count_attempts('0 seconds');
  with budgets as materialized (
    select b.* from basepool._list_budgets(v_now) as b
  ),

  verdict as (
    select
      a.id
      , (
        select format(
          'the budget of %s is used up: %s of %s seconds, %s of %s USD today'
          , case when b.account_id is null then 'all accounts' else b.account end
          , round(b.seconds + b.expected_seconds), coalesce(b.budget_seconds::text, 'any'), round(b.usd + b.expected_usd, 2)
          , coalesce(b.budget_usd::text, 'any')
        )
        from budgets as b
        where b.share >= 1 and (b.account_id = a.id or b.account_id is null)
        order by b.account_id nulls first
        limit 1
      ) as reason
    from basepool.accounts as a
  )

  update basepool.accounts as a
  set
    over_budget_until = case when v.reason is not null then (select max(b.until) from budgets as b) end
    , over_budget_reason = v.reason
  from (select o.id from basepool.accounts as o order by o.id for no key update skip locked) as free
  inner join verdict as v on v.id = free.id
  -- not for every second more
  where a.id = free.id and ((v.reason is null) <> (a.over_budget_until is null) or a.over_budget_until <= v_now);
  get diagnostics v_count = row_count;
  return v_count;
end
$$;

revoke all on function basepool._watch_budgets() from public, anon, authenticated, service_role;

comment on function basepool._watch_budgets() is
'Closes the accounts whose budget, or the budget of all, is used up until the next midnight UTC, and opens those where it is not
(any more). Returns how many were changed. Part of heartbeats and of the job rollup.';
