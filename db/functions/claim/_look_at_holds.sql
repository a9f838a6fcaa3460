-- Part of a claim while anything is held back: what is over ends here, by itself, and it is said whether anything may be claimed.
create or replace function basepool._look_at_holds(p_now timestamptz, out reason text, out busy_until timestamptz)
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_over record;
begin
  -- whoever is changing the pauses at this moment is not waited for
  if exists (select from basepool.pauses as p where p.until <= p_now) and basepool._try_lock_holds() then
    for v_over in
      delete from basepool.pauses as p
      where p.until <= p_now
      returning p.kind, p.name
    loop
      perform basepool._unpark(v_over.kind, v_over.name);
    end loop;
  end if;

  select h.says, h.until into reason, busy_until from basepool._list_holds() as h where h.kind = 'pool';
end
$$;

revoke all on function basepool._look_at_holds(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._look_at_holds(timestamptz) is
'Ends the pauses whose time is over at p_now. Returns why nothing may be claimed, and until when (null: until a person resumes it);
a null reason where something may be.';
