-- What is parked for something must be found by whoever ends that. So a claim that parks holds this lock together with others,
-- and whoever changes what is held back holds it alone.
create or replace function basepool._try_lock_holds(p_is_shared boolean default false)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
begin
  if p_is_shared then
    return pg_try_advisory_xact_lock_shared(hashtextextended('basepool.pauses', 0));
  end if;
  return pg_try_advisory_xact_lock(hashtextextended('basepool.pauses', 0));
end
$$;

revoke all on function basepool._try_lock_holds(boolean) from public, anon, authenticated, service_role;

comment on function basepool._try_lock_holds(boolean) is
'Whether this transaction has the lock on what is held back, from now to its end. p_is_shared: as one of those that park. Waits for
nobody; _lock_holds does.';
