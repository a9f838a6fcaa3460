-- Where a file is in the store follows from whose it is, so that a second copy takes the place of the first.
create or replace function basepool._key_hint(p_user uuid, p_generation uuid, p_nth integer)
returns text
language sql
immutable
set search_path = ''
as $$
  select format('%s/%s/%s', p_user, p_generation, p_nth)
$$;

revoke all on function basepool._key_hint(uuid, uuid, integer) from public, anon, authenticated, service_role;

comment on function basepool._key_hint(uuid, uuid, integer) is
'With what the keys of a file and of its thumbnail begin: user/generation/nth.';
