-- What is wrong without anything failing: settings that do not fit, somebody who holds what we need, somebody who does not come.
-- Each is one line, for status and for the log of every worker; all is bounded, because every heartbeat asks.
create or replace function basepool._list_findings(p_now timestamptz)
returns table (name text, says text)
language plpgsql
volatile
set search_path = ''
set lock_timeout = '200ms'
as $$
#variable_conflict use_column
declare
  v_clock constant text := 'HH24:MI:SS "UTC"';
  v_heard_since constant timestamptz := p_now - basepool._silence_of_workers();
  v_waits_since timestamptz;
begin
  return query
    select
      'blocked-by-' || b.pid
      , format(
        'pid %s (%s, role %s, %s) has held %s%s; %s wait for it now: end its transaction'
        , b.pid, coalesce(nullif(b.application, ''), 'no application name'), b.role, b.state, b.holds
        , ' since ' || to_char(b.since at time zone 'UTC', v_clock), b.waiting
      )
    from basepool._list_blockers() as b
    where coalesce(clock_timestamp() - b.since, '1 hour') > interval '5 seconds';

  begin
    return query
      select 'breaker-' || h.kind || coalesce('-' || nullif(h.name, ''), ''), h.says
      from basepool._list_holds() as h
      where h.is_breaker;

    -- they may be made all the same, and nobody waits then; but each has to be looked for before it is sent again
    return query
      select
        'creates-fail'
        , format('%s of the last %s creates at Replicate failed, the last one so: %s', count(r.name), count(*)
          , (array_agg(c.error order by c.leased_at desc) filter (where r.name is not null))[1])
      from (
        select o.leased_at, o.error_rule, o.error
        -- so many are enough to know by
        from (select * from basepool.seats as f where f.generation_id is not null limit 2000) as o
        where o.leased_at > p_now - interval '1 minute' and o.state <> 'submitting'
        union all
        (
          select o.leased_at, o.error_rule, o.error from basepool.attempts as o
          where o.finished_at > p_now - interval '1 minute'
          order by o.finished_at desc limit 50
        )
        order by 1 desc limit 20
      ) as c
      left join basepool.error_rules as r on r.name = c.error_rule and r.breaker = 'provider'
      where not exists (select from basepool.breakers as b where b.name = '' and b.opened_at is not null)
      having count(r.name) >= 5 and 2 * count(r.name) > count(*);

    return query
      select
        'unsettled'
        , format(
          'TP024: %s generations have ended at Replicate and can''t be settled since %s: %s', count(*)
          , to_char(min(u.since) at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'), (array_agg(u.reason order by u.since))[1]
        )
      from (select * from basepool.unsettled as o order by o.again_at limit 1000) as u
      having count(*) > 0;

    return query
      select 'hook', format('%s. %s', h.problem, h.remedy)
      from basepool.settings as s
      cross join lateral basepool._check_hook(s.settled_hook) as h
      where h.problem is not null;

    return query
      select
        'user-rights'
        , 'users may write any column of their own generations, as before basepool: when nothing of the app needs that any more, run'
        || ' basepool settings set enforce_user_rights true'
      where not basepool._enforces_user_rights();

    return query
      select 'realtime', format('%s. %s', r.problem, r.remedy) from basepool._check_realtime() as r where r.problem is not null;

    if exists (
      select from basepool.settings as s where s.budget_seconds_per_day is not null or s.budget_usd_per_day is not null
      union all
      select from basepool.accounts as a where a.budget_seconds_per_day is not null or a.budget_usd_per_day is not null
    ) then
      return query
        select
          'budget' || coalesce('-' || b.account_id, '')
          , format(
            'the budget of %s %s: %s s and %s USD of today''s %s are spent or in flight; basepool budgets shows it'
            , case when b.account_id is null then 'all accounts' else 'account ' || b.account end
            , case when b.share >= 1
              then format('is used up, nothing of it is claimed until %s UTC', to_char(b.until at time zone 'UTC', 'YYYY-MM-DD HH24:MI'))
              else format('is used by %s %%', floor(100 * b.share)) end
            , round(b.seconds + b.expected_seconds), round(b.usd + b.expected_usd, 2)
            , concat_ws(' and ', b.budget_seconds || ' s', b.budget_usd || ' USD')
          )
        from basepool._list_budgets(p_now) as b
        where b.share >= 0.8;
    end if;

    return query
      select
        'webhooks-refused-' || r.account_id
        , format(
          'the last %s webhooks of account %s were refused, their signature does not fit: was its secret rotated? Run basepool'
          || ' tokens check --all', r.refused, coalesce(a.username, r.account_id::text)
        )
      from basepool._refused_webhooks(p_now) as r
      inner join basepool.accounts as a on a.id = r.account_id;

    return query
      with told as materialized (
        select e.attempt_id, e.received_at from basepool.webhook_events as e
        where e.received_at > p_now - interval '1 hour' order by e.received_at desc limit 500
      ),

      ended as (
        select a.worker, t.attempt_id is null as is_missing
        from (
          select * from basepool.attempts as o
          -- while the server was down, nobody could be told
          where o.finished_at > p_now - interval '10 minutes' and o.leased_at > pg_postmaster_start_time()
          order by o.finished_at desc limit 30
        ) as a
        inner join basepool.workers as w on w.name = a.worker and w.orders_webhooks
        left join (select distinct d.attempt_id from told as d) as t on t.attempt_id = a.id
        where
          a.prediction_id is not null and a.state <> 'canceled' and a.leased_at > w.since
          -- what was told before the oldest that was looked at is not known to be missing
          and (
            (select count(*) from told) < 500 or a.finished_at > (select min(d.received_at) from told as d) + interval '1 minute'
          )
      ),

      -- where a worker has just started, and nothing was told of it, its first results need not have been asked for
      silent as (
        select w.name as worker, true as is_missing
        from basepool.workers as w
        inner join basepool.seats as s on s.worker = w.name
        inner join basepool.model_stats as m on m.model = s.model
        where
          w.orders_webhooks and w.since > p_now - interval '1 hour' and s.attempt_id is not null and s.state = 'running'
          and s.has_webhook and s.leased_at > w.since and s.submitted_at < p_now - greatest(interval '5 seconds', 2 * m.p95)
          and not exists (select from ended as o where o.worker = w.name and not o.is_missing)
          and not exists (
            select from told as t inner join basepool.seats as o on o.attempt_id = t.attempt_id where o.worker = w.name
          )
      )

      select
        'webhooks-missing-' || e.worker
        , format(
          '%s of the last %s results of worker %s did not come by webhook, though webhooks were ordered: its PUBLIC_URL must lead'
          || ' to basepool serve', count(*) filter (where e.is_missing), count(*), e.worker
        )
      from (select n.* from ended as n union all select n.* from silent as n) as e
      group by e.worker
      having count(*) filter (where e.is_missing) >= 3 and count(*) filter (where e.is_missing) * 5 > count(*);

    return query select w.name, w.says from basepool._watch_findings(p_now) as w;
    return query select o.name, o.says from basepool._output_findings(p_now) as o;
    return query select g.name, g.says from basepool._glue_findings(p_now) as g;

    return query
      select
        'job-overdue-' || j.name
        , format(
          'the job %s has not run %s, it should every %s: %s', j.name
          , coalesce('since ' || to_char(l.started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'), 'at all')
          , case
            when p.period >= interval '1 day' then 'day' when p.period >= interval '1 hour' then 'hour'
            else extract(epoch from p.period)::integer / 60 || ' minutes'
          end
          , case when j.cron_job_id is null then 'nothing schedules it: have a scheduler call /api/cron/' || j.name
            else 'is pg_cron running, and in this database?' end
        )
      from basepool.jobs as j
      cross join lateral (select basepool._job_period(j.schedule) as period) as p
      left join lateral (
        select r.started_at from basepool.job_runs as r where r.job = j.name order by r.started_at desc limit 1
      ) as l on true
      where
        -- a worker does it where pg_cron does not: cron-silent says so
        j.name <> 'watch'
        and coalesce(l.started_at, (select min(m.applied_at) from basepool.schema_migrations as m)) < p_now - 3 * p.period
        and not basepool._is_switched_off(j.cron_job_id);

    return query
      select
        'worker-silent-' || w.name
        , format(
          'worker %s has not been heard of since %s: is it dead, frozen or cut off? Start basepool work there again'
          , w.name, to_char(w.heard_at at time zone 'UTC', v_clock)
        )
      from basepool.workers as w
      where
        -- while the server was down, nobody could be heard
        greatest(w.heard_at, pg_postmaster_start_time()) < v_heard_since and w.heard_at > p_now - interval '1 hour'
        -- nobody has come in its place
        and not exists (select from basepool.workers as o where o.since > w.heard_at and o.heard_at > v_heard_since);

    return query
      select 'cant-claim-' || w.name, format('worker %s %s', w.name, w.doing)
      from basepool.workers as w
      where w.doing like 'can''t claim%' and w.heard_at > v_heard_since;

    -- since when those wait who are next; what was tried in vain has just come back, and is the very next
    select min(f.queued_at) into v_waits_since
    from basepool.marks as m
    cross join lateral (
      select q.queued_at from basepool.queue as q
      where q.run_after is null and q.priority = m.priority and (q.tag, q.place) >= (m.scan_from, m.scan_from_place)
      order by q.priority, q.tag, q.place
      limit 100
    ) as f;
    if v_waits_since is null then
      return;
    end if;

    return query
      select
        'hands-full-' || w.name
        , format(
          'all %s hands of worker %s wait for Replicate''s answers while generations wait for them: is Replicate slow? Raise'
          || ' WORKER_CONCURRENCY, or start another worker', w.hands, w.name
        )
      from basepool.workers as w
      where
        w.hands_free = 0 and w.heard_at > v_heard_since
        and exists (select from basepool._token_capacity(p_now) as c where c.free > 0);

    if v_waits_since < p_now - interval '5 seconds' then
      return query
        select
          'tokens-rest'
          , format(
            'generations wait since %s, and no token can take one: %s', to_char(v_waits_since at time zone 'UTC', v_clock)
            , coalesce(
              string_agg(format('token %s is %s, %s', c.token_id, c.state, c.reason), '; ' order by c.token_id), 'there is none'
            )
          )
        from (
          select
            p.token_id
            , coalesce(p.reason, a.cooldown_reason, t.suspended_reason) as reason
            -- one that is tried again has not come back
            , case
              when p.state in ('ready', 'full', 'limited') and coalesce(a.cooldown_until, t.suspended_until) is not null
                then 'half-open'
              else p.state
            end as state
          from basepool._token_capacity(p_now) as p
          inner join public.replicate_tokens as t on t.id = p.token_id
          inner join basepool.accounts as a on a.id = p.account_id
        ) as c
        -- these take the next one as soon as one of their own ends, or a second has passed
        having count(*) filter (where c.state in ('ready', 'full', 'limited')) = 0;
    end if;

    if
      v_waits_since < p_now - (select s.alert_queue_after from basepool.settings as s)
      -- who has paused it knows
      and not exists (select from basepool.pauses as h where h.kind = 'pool' and (h.until is null or h.until > p_now))
    then
      return query
        select
          'queue-old', format('those who are next wait since %s', to_char(v_waits_since at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'));
    end if;

    if
      v_waits_since < p_now - interval '1 minute'
      -- where all is busy, a seat is free for a moment again and again
      and not exists (select from basepool.workers as w where w.heard_at > v_heard_since and w.hands_free = 0)
      and coalesce(greatest(
        (select max(s.leased_at) from basepool.seats as s where s.attempt_id is not null)
        , (select a.leased_at from basepool.attempts as a order by a.leased_at desc limit 1)
      ) < p_now - interval '30 seconds', true)
      and exists (select from basepool._token_capacity(p_now) as c where c.free > 0)
    then
      return query
        select
          'nobody-claims'
          , case
            when exists (select from basepool.workers as w where w.heard_at > v_heard_since)
              then 'generations wait and tokens are free, and nobody has taken any for half a minute, though a worker runs: its log says why'
            else format('generations wait and tokens are free, and %s: start basepool work', basepool._explain_workers(p_now))
          end;
    end if;
  exception when lock_not_available then
    return query select 'unread', 'not all could be looked at: a table is locked';
  end;
end
$$;

revoke all on function basepool._list_findings(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._list_findings(timestamptz) is
'What is wrong at p_now, one row each: a name that stays the same as long as it lasts, and a line that says what is and what to do.
For get_status and heartbeat; make migrate shows hook.';
