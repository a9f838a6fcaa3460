-- Nobody needs to know how many there are beyond some: a count that stops costs the same whatever there is.
create or replace function basepool._capped(p_count bigint, p_cap integer default 10000)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_object('count', least(p_count, p_cap), 'capped', p_count > p_cap)
$$;

revoke all on function basepool._capped(bigint, integer) from public, anon, authenticated, service_role;

comment on function basepool._capped(bigint, integer) is
'{count, capped} of what was counted up to p_cap + 1: capped says that there are more than p_cap.';
