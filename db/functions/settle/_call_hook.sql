-- Credits are the app's. When its function fails, nothing is settled, and it is tried again: a refund that is lost is worse than
-- an end that comes late.
create or replace function basepool._call_hook(
  p_name text,
  p_hook regprocedure,
  p_generation uuid,
  p_outcome text,
  p_details jsonb
)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if p_hook is null and p_name is null then
    return;
  elsif p_hook is null then
    raise exception using
      errcode = 'TP024',
      message = format('the hook %s(uuid, text) is not there', p_name),
      hint = 'Create it, or set settled_hook to null. The generation stays as it was and is settled again.';
  end if;
  -- it runs with our rights, so it must be ours or a superuser's
  if not exists (
    select from pg_catalog.pg_proc as p
    inner join pg_catalog.pg_roles as r on r.oid = p.proowner
    where p.oid = p_hook and (r.rolname = current_user or r.rolsuper)
  ) then
    raise warning '% is not called: its owner is not %', p_hook::oid::regproc, current_user;
    return;
  end if;
  begin
    if p_details is null then
      execute format('select %s($1, $2)', p_hook::oid::regproc) using p_generation, p_outcome;
    else
      execute format('select %s($1, $2, $3)', p_hook::oid::regproc) using p_generation, p_outcome, p_details;
    end if;
  exception when others then
    -- deadlocks, lost connections, shortages: not the function's fault, and tried again as they are
    if left(sqlstate, 2) in ('25', '40', '53', '55', '57') then
      raise;
    end if;
    raise exception using
      errcode = 'TP024',
      message = format('%s failed: %s', p_hook::oid::regproc, basepool._printable(sqlerrm)),
      detail = format('SQLSTATE %s for generation %s, %s', sqlstate, p_generation, p_outcome),
      hint = 'Correct that function. The generation stays as it was and is settled again by webhook, reconcile or cleanup.';
  end;
end
$$;

revoke all on function basepool._call_hook(text, regprocedure, uuid, text, jsonb) from public, anon, authenticated, service_role;

comment on function basepool._call_hook(text, regprocedure, uuid, text, jsonb) is
'Calls the hook. p_name: settings.settled_hook; p_hook: what _find_hook found; p_details: null where it takes none. Raises TP024.';
