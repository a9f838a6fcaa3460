-- A user's own limit: more for one who pays for it, 0 for one who is to be kept out.
create or replace function basepool.limit_user(
  p_user uuid,
  p_max_active integer default null,
  p_is_default boolean default false
)
returns table (user_id uuid, max_active integer, was integer, is_default boolean)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_default integer;
  v_was integer;
  v_is integer;
begin
  if p_user is null or p_max_active < 0 or (p_is_default and p_max_active is not null) then
    raise exception using
      errcode = 'PT400',
      message = case
        when p_user is null then 'the user is missing'
        when p_max_active < 0 then format('the limit is %s', p_max_active)
        else 'the limit is a number and the default, too'
      end,
      hint = 'Pass a user''s id, and 0 or more generations, or that the default shall count.';
  end if;
  v_default := (select s.user_active_limit from basepool.settings as s);
  if p_max_active is not null or p_is_default then
    perform basepool._lock_user(p_user);
  end if;
  v_was := (select u.max_active from basepool.user_limits as u where u.user_id = p_user);
  v_is := v_was;
  if p_max_active is not null or p_is_default then
    update basepool.user_limits as u set max_active = p_max_active where u.user_id = p_user;
    v_is := p_max_active;
    perform basepool._audit('users limit', p_user::text, jsonb_build_object(
      'was', coalesce(v_was::text, 'default'), 'is', coalesce(v_is::text, 'default')
    ));
  end if;
  return query select p_user, coalesce(v_is, v_default), coalesce(v_was, v_default), v_is is null;
end
$$;

revoke all on function basepool.limit_user(uuid, integer, boolean) from public, anon, authenticated, service_role;
grant execute on function basepool.limit_user(uuid, integer, boolean) to basepool_glue;

comment on function basepool.limit_user(uuid, integer, boolean) is
'How many generations a user may have active at once. p_max_active: the new limit, 0 for none; p_is_default:
settings.user_active_limit counts again; neither: only shows it. Returns what counts now, what did before, and whether it is the
default. Counts from the next submit; what is active goes on. Raises PT400.';
