-- For the owner. Definer, because a user may change no status; so it checks by itself whose generation it is.
create or replace function basepool.cancel_own_generation(p_id uuid)
returns text
language plpgsql
volatile
security definer
set search_path = ''
as $$
begin
  if not exists (
    select from public.generations as g
    where g.id = p_id and (g.user_id = auth.uid() or basepool._is_service_role())
  ) then
    raise exception using
      errcode = 'PT404',
      message = format('there is no generation %s of yours', coalesce(p_id::text, 'null')),
      hint = 'Pass the id that submit_generation returned.';
  end if;
  return basepool._cancel_generation(p_id);
end
$$;

revoke all on function basepool.cancel_own_generation(uuid) from public, anon, authenticated, service_role;
grant execute on function basepool.cancel_own_generation(uuid) to authenticated, service_role;

comment on function basepool.cancel_own_generation(uuid) is
'What public.cancel_generation says and does, outside the schema that the API shows. Definer: a user may change no status; the
function lets only the owner and the service role through. For it alone, and so for authenticated and
service_role.';
