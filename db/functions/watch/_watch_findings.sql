-- What the watchdog looks for and nobody else needs, told like every other finding.
create or replace function basepool._watch_findings(p_now timestamptz)
returns table (name text, says text)
language plpgsql
volatile
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_format constant text := 'YYYY-MM-DD HH24:MI "UTC"';
  v_settings basepool.settings;
  v_stuck integer;
  v_count integer;
begin
  select s.* into v_settings from basepool.settings as s;

  -- one that is tried again has not come back; where all was switched off and nothing waits, somebody wanted it so
  if not exists (select from public.replicate_tokens as t where t.is_active and t.suspended_until is null)
    and exists (
      select from basepool.queue
      union all
      select from public.replicate_tokens as t where t.suspended_until is not null
    ) then
    return query
      select 'pool-dead', left('no token is usable: ' || e.reason, 1000) from basepool._explain_pool(p_now) as e;
  end if;

  return query
    select
      'credit-none-' || a.id
      , format('account %s has no credit left, says Replicate: nothing is made with its tokens', coalesce(a.username, a.id::text))
    from basepool.accounts as a
    where a.credit = 'none' and exists (select from public.replicate_tokens as t where t.account_id = a.id and t.is_active);

  select count(*) into v_count
  from (select from basepool.seats as s where s.state = 'unknown' and s.attempt_id is not null limit 1000) as u;
  if v_count >= v_settings.alert_unknown then
    return query
      select 'unknown-many', format('of %s creates nobody knows whether Replicate has them: each is looked for before it is sent again'
        , v_count || case when v_count = 1000 then ' or more' else '' end);
  end if;

  v_stuck := basepool._count_stuck(p_now);
  if v_stuck >= v_settings.alert_stuck then
    return query
      select
        'stuck-growing'
        , format('%s generations are past their time, ten minutes ago it was %s: the job cleanup does not keep up', v_stuck, r.stuck)
      from (
        select (o.result ->> 'stuck')::integer as stuck
        from basepool.job_runs as o
        where o.job = 'watch' and o.started_at between p_now - interval '20 minutes' and p_now - interval '10 minutes'
        order by o.started_at desc limit 1
      ) as r
      where v_stuck > r.stuck or v_stuck = 1000;
  end if;

  return query
    select
      'spend-anomaly'
      , format('%s s of predictions in the hour from %s, %s times what is usual at that hour (%s s)', round(h.seconds)
        , to_char(h.hour at time zone 'UTC', v_format), coalesce(round(h.seconds / nullif(h.usual, 0), 1)::text, 'many'), round(h.usual))
    from (
      select
        o.hour
        , sum(d.seconds) filter (where d.days = 0) as seconds
        , (percentile_cont(0.5) within group (order by d.seconds) filter (where d.days > 0))::numeric as usual
        , count(*) filter (where d.days > 0) as days
      from (
        -- the last minutes of an hour are counted in the next
        select distinct date_trunc('hour', p_now - g.n * interval '10 minutes', 'UTC') as hour from generate_series(0, 1) as g (n)
      ) as o
      cross join lateral (
        -- by account, so that the key is used; a day without a row had no predictions, a day before the first does not count
        select n.days, coalesce(sum(s.seconds), 0) as seconds
        from generate_series(0, 7) as n (days)
        cross join basepool.accounts as a
        left join basepool.spending as s on s.account_id = a.id and s.hour = o.hour - n.days * interval '1 day'
        where n.days = 0 or o.hour - n.days * interval '1 day' >= (
          select min(f.hour)
          from basepool.accounts as b
          cross join lateral (
            select p.hour from basepool.spending as p where p.account_id = b.id order by p.hour limit 1
          ) as f
        )
        group by n.days
      ) as d
      group by o.hour
    ) as h
    where h.days >= 3 and h.seconds > v_settings.alert_spend_seconds and h.seconds > v_settings.alert_spend_factor * h.usual
    order by h.hour desc limit 1;

  return query
    select
      'cron-silent'
      , format('pg_cron runs no jobs %s: does it run, and in this database? Workers look for what is wrong meanwhile'
        , coalesce('since ' || to_char(c.last_run at time zone 'UTC', v_format), 'any more'))
    from basepool._silent_cron(p_now) as c;

  return query
    select
      'alerts-not-sent'
      , format('%s messages about alarms can''t be sent since %s: %s. Correct alert_url, then run basepool alerts test', count(*)
        , to_char(min(m.written_at) at time zone 'UTC', v_format), (array_agg(m.error order by m.id desc))[1])
    from (select * from basepool.alert_messages as o where o.due_at is not null order by o.due_at limit 100) as m
    where m.tries >= 3
    having count(*) > 0;
end
$$;

revoke all on function basepool._watch_findings(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._watch_findings(timestamptz) is
'pool-dead, credit-none, unknown-many, stuck-growing, spend-anomaly, cron-silent and alerts-not-sent, at p_now, each while it
is so. For
_list_findings.';
