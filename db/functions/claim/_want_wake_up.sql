-- A claim says for its worker whether it will sleep. Whoever can't have the row leaves it: another claim is saying the same.
create or replace function basepool._want_wake_up(p_is_wanted boolean)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  if (select w.is_wanted from basepool.wake_up as w) <> p_is_wanted then
    update basepool.wake_up as w
    set is_wanted = p_is_wanted
    where w.id = (select o.id from basepool.wake_up as o for no key update skip locked);
  end if;
end
$$;

revoke all on function basepool._want_wake_up(boolean) from public, anon, authenticated, service_role;

comment on function basepool._want_wake_up(boolean) is
'Sets whether workers are to be notified (basepool.wake_up).';
