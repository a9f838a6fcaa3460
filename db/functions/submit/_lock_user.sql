-- Whoever submits for a user does so one at a time: that makes his limit exact, and his tags unique.
create or replace function basepool._lock_user(p_user_id uuid)
returns void
language plpgsql
volatile
set search_path = ''
as $$
begin
  perform from basepool.user_limits as u where u.user_id = p_user_id for no key update;
  if not found then
    insert into basepool.user_limits (user_id) values (p_user_id) on conflict (user_id) do nothing;
    perform from basepool.user_limits as u where u.user_id = p_user_id for no key update;
  end if;
end
$$;

revoke all on function basepool._lock_user(uuid) from public, anon, authenticated, service_role;

comment on function basepool._lock_user(uuid) is
'Locks the row of a user''s limits until the end of the transaction; makes it if there is none.';
