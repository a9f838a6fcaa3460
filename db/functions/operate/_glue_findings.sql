-- pg_net says to nobody that its calls are refused: its answers have to be read. One that did not come in its time is none of them.
create or replace function basepool._glue_findings(p_now timestamptz)
returns table (name text, says text)
language plpgsql
stable
set search_path = ''
as $$
declare
  v_url text;
begin
  select s.url into v_url from basepool.glue_schedule as s;
  if v_url is null then
    return;
  end if;
  if to_regclass('net._http_response') is null then
    return query select 'glue-not-called', 'nobody calls the glue: pg_net is gone. Install it, or select basepool.unschedule_glue()';
    return;
  end if;

  -- what is not there can't be named otherwise
  return query execute format(
    $query$
      with answers as materialized (
        select
          c.job, c.called_at, u.nth, h.id is not null as is_answered, h.created, h.status_code, h.error_msg
          , coalesce(h.timed_out, false) as timed_out
        from basepool.glue_calls as c
        cross join lateral unnest(c.requests) with ordinality as u (request, nth)
        -- the app may have calls of its own there, of six hours, and only their time is indexed
        left join %I._http_response as h on h.id = u.request and h.created > $2 - interval '10 minutes'
      ),

      last_ones as (
        select distinct on (a.job) a.* from answers as a where a.is_answered order by a.job, a.nth
      )

      select
        'glue-not-called'
        , format('the glue at %%s is not called as it should be: %%s', $1, string_agg(distinct w.says, '; '))
      from (
        select case
          when l.status_code in (401, 403) then 'it does not know the secret: its CRON_SECRET and what schedule_glue has differ'
          when l.status_code = 404 then 'there is no /api/cron at that URL'
          when l.status_code < 400 then format('it sends callers elsewhere (%%s), and pg_net does not follow', l.status_code)
          when l.status_code = 503 then '503: its CRON_SECRET is not set, or its database is not there'
          when l.status_code >= 400 then format('%%s answers %%s', l.job, l.status_code)
          else format('%%s: %%s', l.job, basepool._printable(l.error_msg))
        end as says
        from last_ones as l
        where
          l.created > $2 - interval '5 minutes' and not l.timed_out
          and (l.status_code >= 300 or (l.status_code is null and l.error_msg is not null))
        union all
        select 'pg_net answers nothing: is its worker up? select net.worker_restart()'
        from answers as a
        where a.called_at > $2 - interval '5 minutes'
        having count(*) filter (where a.job <> 'dispatch' and a.nth >= 3) > 0 and count(*) filter (where a.is_answered) = 0
        union all
        select format('pg_cron has not called %%s for %%s minutes: does it run, and in this database?', c.job
          , floor(extract(epoch from $2 - c.called_at) / 60))
        from basepool.glue_calls as c
        where
          -- these are called only when there is something to do
          c.job not in ('dispatch', 'store', 'alert')
          and c.called_at < $2 - interval '5 minutes' and not basepool._is_switched_off(c.cron_job_id)
      ) as w
      having count(*) > 0
    $query$, 'net'
  ) using v_url, p_now;
exception when insufficient_privilege then
  return query
    select 'glue-not-called', format('whether the glue is called can''t be seen: %s may not read net._http_response', current_user);
end
$$;

revoke all on function basepool._glue_findings(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._glue_findings(timestamptz) is
'glue-not-called, while schedule_glue counts: what pg_net was answered by the glue, where that is an error of any kind; that pg_net
answers nothing, or that pg_cron does not call. A call that was not over in pg_net''s time is no error: the glue goes on. For
_list_findings.';
