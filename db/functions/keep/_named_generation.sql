-- What a result says of itself, where its lease says nothing any more.
create or replace function basepool._named_generation(p_item jsonb)
returns uuid
language sql
immutable
set search_path = ''
as $$
  select case
    when p_item ->> 'generation_id' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (p_item ->> 'generation_id')::uuid
  end
$$;

revoke all on function basepool._named_generation(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._named_generation(jsonb) is
'The generation_id of a result; null where it has none, or something else there.';
