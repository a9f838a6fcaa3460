-- Credits are the app's: its own function hears of every end, once, in the transaction that settles it. When that function
-- fails, nothing is settled, and it is tried again: a refund that is lost is worse than an end that comes late.
create or replace function basepool._announce_settled()
returns trigger
language plpgsql
volatile
security definer
set search_path = ''
as $$
declare
  v_name constant text := (select s.settled_hook from basepool.settings as s);
  v_hook constant regproc := to_regprocedure(coalesce(v_name, 'public.on_generation_settled') || '(uuid, text)');
begin
  if v_hook is null and v_name is null then
    return null;
  elsif v_hook is null then
    raise exception using
      errcode = 'TP024',
      message = format('the hook %s(uuid, text) is not there', v_name),
      hint = 'Create it, or set settled_hook to null. The generation stays as it was and is settled again.';
  end if;
  -- it runs with our rights, so it must be ours or a superuser's
  if not exists (
    select from pg_catalog.pg_proc as p
    inner join pg_catalog.pg_roles as r on r.oid = p.proowner
    where p.oid = v_hook and (r.rolname = current_user or r.rolsuper)
  ) then
    raise warning '% is not called: its owner is not %', v_hook, current_user;
    return null;
  end if;
  begin
    if v_name is null then
      perform public.on_generation_settled(new.id, new.status);
    else
      execute format('select %s($1, $2)', v_hook) using new.id, new.status;
    end if;
  exception when others then
    -- deadlocks, lost connections, shortages: not the function's fault, and tried again as they are
    if left(sqlstate, 2) in ('25', '40', '53', '55', '57') then
      raise;
    end if;
    raise exception using
      errcode = 'TP024',
      message = format('%s failed: %s', v_hook, basepool._printable(sqlerrm)),
      detail = format('SQLSTATE %s for generation %s, %s', sqlstate, new.id, new.status),
      hint = 'Correct that function. The generation stays as it was and is settled again by webhook, reconcile or cleanup.';
  end;
  return null;
end
$$;

revoke all on function basepool._announce_settled() from public, anon, authenticated, service_role;

comment on function basepool._announce_settled() is
'Trigger, after a generation was marked as settled: calls the hook, settings.settled_hook or public.on_generation_settled where the
app has one, with (generation, outcome); outcome is completed, failed or cancelled. Raises TP024. Definer: the function is called with the same rights whoever
settles.';
