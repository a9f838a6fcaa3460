-- Which jobs there are, whether they run, and what the last runs said.
create or replace function basepool.page_jobs()
returns jsonb
language sql
stable
security definer
set search_path = ''
set lock_timeout = '400ms'
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
  select jsonb_build_object('at', c.now, 'jobs', basepool._jobs_shown(c.now, 10))
  from (select basepool.now() as now) as c
$$;

revoke all on function basepool.page_jobs() from public, anon, authenticated, service_role;
grant execute on function basepool.page_jobs() to basepool_glue, basepool_operator;

comment on function basepool.page_jobs() is
'{at, jobs}: every job with its last ten runs, see _jobs_shown.';
