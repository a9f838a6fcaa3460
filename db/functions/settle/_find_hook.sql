-- With details where the app's function takes them.
create or replace function basepool._find_hook(p_name text)
returns regprocedure
language sql
stable
set search_path = ''
as $$
  select coalesce(
    to_regprocedure(coalesce(p_name, 'public.on_generation_settled') || '(uuid, text, jsonb)')
    , to_regprocedure(coalesce(p_name, 'public.on_generation_settled') || '(uuid, text)')
  )
$$;

revoke all on function basepool._find_hook(text) from public, anon, authenticated, service_role;

comment on function basepool._find_hook(text) is
'The function that settled_hook = p_name means (null: public.on_generation_settled), with arguments (uuid, text, jsonb) or, where
there is none, (uuid, text); null where there is neither.';
