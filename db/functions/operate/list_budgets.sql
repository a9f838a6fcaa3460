-- What was spent today, and how far that is from the budget.
create or replace function basepool.list_budgets()
returns table (
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
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  perform basepool._count_attempts();
  return query
    select
      b.account, round(b.seconds, 1), round(b.usd, 4), round(b.expected_seconds, 1), round(b.expected_usd, 4), b.budget_seconds
      , b.budget_usd, round(b.share, 3), b.until
    from basepool._list_budgets(basepool.now()) as b
    order by b.account_id nulls first;
end
$$;

revoke all on function basepool.list_budgets() from public, anon, authenticated, service_role;
grant execute on function basepool.list_budgets() to basepool_glue;

comment on function basepool.list_budgets() is
'Per account, and of all together first (account all): seconds and usd spent since midnight UTC, what is expected of what is in
flight, the budgets (null: none), and share, how much is used of the one that is used most; until: the next midnight.';
