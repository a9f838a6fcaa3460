-- What was changed is kept as it was and as it is, so that it can be undone.
create or replace function basepool._changes(p_was jsonb, p_is jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(k.name, jsonb_build_object('was', p_was -> k.name, 'is', p_is -> k.name)), '{}')
  from (
    select jsonb_object_keys(coalesce(p_was, '{}')) as name
    union
    select jsonb_object_keys(coalesce(p_is, '{}'))
  ) as k
  where coalesce(p_was -> k.name, 'null') <> coalesce(p_is -> k.name, 'null')
$$;

revoke all on function basepool._changes(jsonb, jsonb) from public, anon, authenticated, service_role;

comment on function basepool._changes(jsonb, jsonb) is
'The members in which two objects differ, each as {was, is}, for _audit. p_was, p_is: objects, null: there was none, or is none.';
