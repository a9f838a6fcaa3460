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
    -- how long ago anybody has looked for what is wrong
    'watched_seconds', (
      select extract(epoch from c.now - r.started_at)::integer
      from (select basepool.now() as now) as c
      cross join lateral (
        select o.started_at from basepool.job_runs as o where o.job = 'watch' order by o.started_at desc limit 1
      ) as r
    ),
    'cron_is_silent', exists (select from basepool._silent_cron((select basepool.now()))),
    'tokens', (select count(*) from public.replicate_tokens as t where t.is_active)
  )
$$;

revoke all on function basepool.health() from public, anon, authenticated, service_role;
grant execute on function basepool.health() to basepool_glue, basepool_operator;

comment on function basepool.health() is
'Whether the database can do its work: ok, read_only, schema (as schema_version says), how many tokens are active, how many
seconds ago
watch ran last (null: never), and cron_is_silent: whether pg_cron has stopped running jobs.';
