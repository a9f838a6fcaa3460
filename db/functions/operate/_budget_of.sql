-- A budget as the audit keeps it: before, and after.
create or replace function basepool._budget_of(p_account text)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_build_object('seconds', s.budget_seconds_per_day, 'usd', s.budget_usd_per_day)
  from basepool.settings as s
  where p_account is null
  union all
  select jsonb_build_object('seconds', a.budget_seconds_per_day, 'usd', a.budget_usd_per_day)
  from basepool.accounts as a
  where a.username = p_account or (a.username is null and a.id::text = p_account)
  limit 1
$$;

revoke all on function basepool._budget_of(text) from public, anon, authenticated, service_role;

comment on function basepool._budget_of(text) is
'The budget of an account, as set_budget names it, or of all (null): {seconds, usd}. Null where there is no such account.';
