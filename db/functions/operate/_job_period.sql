-- How long it may take until a job runs again: whether one is overdue is to be told without being cron.
create or replace function basepool._job_period(p_schedule text)
returns interval
language sql
immutable
set search_path = ''
as $$
  select case
    when p_schedule ~ '^\*/\d{1,2} \* \* \* \*$' then substring(p_schedule from '^\*/(\d+)')::integer * interval '1 minute'
    when p_schedule ~ '^\* \* \* \* \*$' then interval '1 minute'
    when p_schedule ~ '^\d+ \* \* \* \*$' then interval '1 hour'
    when p_schedule ~ '^\d+ \d+ \* \* \*$' then interval '1 day'
  end
$$;

revoke all on function basepool._job_period(text) from public, anon, authenticated, service_role;

comment on function basepool._job_period(text) is
'The time between two runs of a job with the schedule p_schedule, as those of db/jobs.sql are written; null for any other.';
