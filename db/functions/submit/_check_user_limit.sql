-- The limit per user. Exact under concurrent submits, because the caller has locked the user and this is a new statement, which
-- sees what the others did.
create or replace function basepool._check_user_limit(p_user_id uuid)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now timestamptz := basepool.now();
  v_limit integer;
  v_stuck_after interval;
  v_active integer;
begin
  select coalesce(u.max_active, s.user_active_limit), s.stuck_after into v_limit, v_stuck_after
  from basepool.settings as s
  left join basepool.user_limits as u on u.user_id = p_user_id;
  -- what is past its time only waits for the cleanup; it must not keep anybody out
  select count(*) into v_active
  -- by user first, whatever the statistics say: the index of all that is active would be read from the first on
  from (
    select g.created_at from public.generations as g
    where g.user_id = p_user_id and basepool.is_active(g.status)
    offset 0
  ) as a
  where a.created_at > v_now - v_stuck_after;
  if v_active >= v_limit then
    raise exception using
      errcode = 'PT429',
      message = format('%s of %s generations are active', v_active, v_limit),
      detail = format('user %s', p_user_id),
      hint = 'Wait until one has finished, or cancel one.';
  end if;
end
$$;

revoke all on function basepool._check_user_limit(uuid) from public, anon, authenticated, service_role;

comment on function basepool._check_user_limit(uuid) is
'Raises PT429 when a user has as many generations active as settings.user_active_limit, or basepool.user_limits for this user,
allows. Stuck ones don''t count. Lock the user first (_lock_user).';
