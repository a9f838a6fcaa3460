-- A budget is the owner's; it counts from the moment on.
create or replace function basepool.set_budget(p_account text, p_changes jsonb)
returns jsonb
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_unknown constant text := (
    select k.name from jsonb_object_keys(p_changes) as k (name) where k.name not in ('seconds', 'usd') limit 1
  );
  v_was constant jsonb := basepool._budget_of(p_account);
begin
  if v_unknown is not null then
    raise exception using
      errcode = 'PT400',
      message = format('a budget has no %s', basepool._quote(v_unknown)),
      hint = 'Pass seconds, usd or both; null for none.';
  end if;
  begin
    if p_account is null then
      update basepool.settings as s
      set
        budget_seconds_per_day = case when p_changes ? 'seconds' then (p_changes ->> 'seconds')::numeric
          else s.budget_seconds_per_day end
        , budget_usd_per_day = case when p_changes ? 'usd' then (p_changes ->> 'usd')::numeric else s.budget_usd_per_day end;
    else
      update basepool.accounts as a
      set
        budget_seconds_per_day = case when p_changes ? 'seconds' then (p_changes ->> 'seconds')::numeric
          else a.budget_seconds_per_day end
        , budget_usd_per_day = case when p_changes ? 'usd' then (p_changes ->> 'usd')::numeric else a.budget_usd_per_day end
      where a.username = p_account or (a.username is null and a.id::text = p_account);
      if not found then
        raise exception using
          errcode = 'PT404',
          message = format('there is no account %s', basepool._quote(p_account)),
          hint = 'See basepool tokens list for the accounts.';
      end if;
    end if;
  exception when check_violation or data_exception then
    raise exception using
      errcode = 'PT400', message = basepool._printable(sqlerrm), hint = 'A budget is a number above 0, or null for none.';
  end;
  perform basepool._audit(
    'budgets set', coalesce(p_account, 'all'), basepool._changes(v_was, basepool._budget_of(p_account))
  );
  perform basepool._watch_budgets();
  return (
    select to_jsonb(b) from basepool.list_budgets() as b where b.account = coalesce(p_account, 'all') limit 1
  );
end
$$;

revoke all on function basepool.set_budget(text, jsonb) from public, anon, authenticated, service_role;
grant execute on function basepool.set_budget(text, jsonb) to basepool_glue;

comment on function basepool.set_budget(text, jsonb) is
'Sets what an account (p_account: its name; null: all together) may spend in a day (UTC): p_changes {seconds, usd}, null for no
budget, what is left out stays. Returns what list_budgets says of it. Raises PT400, PT404.';
