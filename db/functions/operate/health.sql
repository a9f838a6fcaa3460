-- Can the glue work with this database? Asked by /readyz, so it must be cheap and tell nothing to strangers.
create or replace function basepool.health()
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'ok', not pg_catalog.pg_is_in_recovery(),
    'read_only', pg_catalog.pg_is_in_recovery(),
    'schema', (select to_jsonb(v) from basepool.schema_version() as v),
    'tokens', (select count(*) from public.replicate_tokens as t where t.is_active)
  )
$$;

revoke all on function basepool.health() from public, anon, authenticated, service_role;
grant execute on function basepool.health() to basepool_glue, basepool_operator;

comment on function basepool.health() is
'Whether the database can do its work: ok, read_only, schema (as schema_version says), and how many tokens are active.';
