-- Whoever runs a job by hand wants to know which there are.
create or replace function basepool.list_jobs()
returns table (name text, runs_in text, schedule text, does text, last_run timestamptz, ok boolean)
language sql
stable
security definer
set search_path = ''
as $$
  select j.name, j.runs_in, j.schedule, j.does, l.started_at, l.ok
  from basepool.jobs as j
  left join lateral (
    select r.started_at, r.ok from basepool.job_runs as r where r.job = j.name order by r.started_at desc limit 1
  ) as l on true
  order by j.runs_in, j.name
$$;

revoke all on function basepool.list_jobs() from public, anon, authenticated, service_role;
grant execute on function basepool.list_jobs() to basepool_glue;

comment on function basepool.list_jobs() is
'Every job: name, where it runs (database or glue), schedule (UTC; null for the glue''s), what it does, and of those of the database
when it ran last and whether that went well.';
