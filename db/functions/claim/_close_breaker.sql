-- It works again: what waits for it waits with the others.
create or replace function basepool._close_breaker(p_name text)
returns boolean
language plpgsql
volatile
set search_path = ''
as $$
begin
  if p_name <> '' and not basepool._try_lock_holds() then
    return false;
  end if;
  delete from basepool.breakers as b where b.name = p_name and b.opened_at is not null;
  if not found then
    return false;
  end if;
  if p_name <> '' then
    perform basepool._unpark('model', p_name);
  end if;
  return true;
end
$$;

revoke all on function basepool._close_breaker(text) from public, anon, authenticated, service_role;

comment on function basepool._close_breaker(text) is
'Closes the breaker of a model, or of the provider (empty). Returns whether that was done now: not where claims that park are under
way, nor where it is not open.';
