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
  v_hook regproc := to_regprocedure('public.on_generation_settled(uuid, text)');
begin
  if v_hook is null then
    return null;
  end if;
  -- it runs with our rights, so it must be ours or a superuser's
  if not exists (
    select from pg_catalog.pg_proc as p
    inner join pg_catalog.pg_roles as r on r.oid = p.proowner
    where p.oid = v_hook and (r.rolname = current_user or r.rolsuper)
  ) then
    raise warning 'public.on_generation_settled is not called: its owner is not %', current_user;
    return null;
  end if;
  begin
    perform public.on_generation_settled(new.id, new.status);
  exception when others then
    -- deadlocks, lost connections, shortages: not the function's fault, and tried again as they are
    if left(sqlstate, 2) in ('25', '40', '53', '55', '57') then
      raise;
    end if;
    raise exception using
      errcode = 'TP024',
      message = format('public.on_generation_settled failed: %s', basepool._printable(sqlerrm)),
      detail = format('SQLSTATE %s for generation %s, %s', sqlstate, new.id, new.status),
      hint = 'Correct that function. The generation stays as it was and is settled again by webhook, reconcile or cleanup.';
  end;
  return null;
end
$$;

revoke all on function basepool._announce_settled() from public, anon, authenticated, service_role;

comment on function basepool._announce_settled() is
'Trigger, after a generation was marked as settled: calls public.on_generation_settled(generation, outcome) where the app has
one; outcome is completed, failed or cancelled. Raises TP024. Definer: the function is called with the same rights whoever
settles.';
