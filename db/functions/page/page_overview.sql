-- The first screen of the on-call, polled every few seconds by everybody who has it on the wall.
create or replace function basepool.page_overview()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set lock_timeout = '400ms'
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
  v_now constant timestamptz := basepool.now();
  v_hour_ago constant timestamptz := v_now - interval '1 hour';
  v_heard_since constant timestamptz := v_now - basepool._silence_of_workers();
  v_longest interval;
  v_page jsonb;
begin
  -- what ended within the hour was created so long before, at most
  select s.stuck_after + s.stuck_grace + s.cancel_after + interval '1 hour' into v_longest from basepool.settings as s;
  v_page := jsonb_build_object(
    'alerts', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'name', a.name, 'severity', a.severity, 'says', a.says, 'opened_at', a.opened_at
      ) order by a.severity, a.opened_at), '[]')
      from basepool._list_alerts() as a
    )
    , 'waiting', (
      select basepool._capped(count(*)) from (select from basepool.queue as q where q.run_after is null limit 10001) as n
    )
    , 'delayed', (
      select basepool._capped(count(*)) from (select from basepool.queue as q where q.run_after is not null limit 10001) as n
    )
    -- of those that are next; behind them nobody waits who is older and could begin
    , 'oldest_at', (
      select min(n.queued_at)
      from (
        select f.queued_at
        from basepool.marks as m
        cross join lateral (
          select q.queued_at from basepool.queue as q
          where q.run_after is null and q.priority = m.priority and (q.tag, q.place) >= (m.scan_from, m.scan_from_place)
          order by q.priority, q.tag, q.place
          limit 1000
        ) as f
        union all
        (
          select q.queued_at from basepool.queue as q where q.run_after is not null order by q.run_after limit 1000
        )
      ) as n
    )
    , 'in_flight', (
      select jsonb_build_object(
        'submitting', count(*) filter (where s.state = 'submitting')
        , 'running', count(*) filter (where s.state = 'running')
        , 'unknown', count(*) filter (where s.state = 'unknown')
      )
      from basepool.seats as s where s.attempt_id is not null
    )
    , 'last_hour', (
      select jsonb_build_object('completed', jsonb_build_object(
        'count', count(*) filter (where n.state = 'succeeded'), 'capped', count(*) >= 10000
      ))
      from (
        select a.state from basepool.attempts as a where a.finished_at > v_hour_ago order by a.finished_at desc limit 10000
      ) as n
    ) || (
      select jsonb_build_object(
        'failed', jsonb_build_object(
          'count', count(*) filter (where n.status = 'failed' and n.ended_at > v_hour_ago), 'capped', count(*) >= 2000
        )
        , 'cancelled', jsonb_build_object(
          'count', count(*) filter (where n.status = 'cancelled' and n.ended_at > v_hour_ago), 'capped', count(*) >= 2000
        )
      )
      from (
        select g.status, coalesce(g.completed_at, g.settled_at, g.created_at) as ended_at
        from public.generations as g
        where g.status in ('failed', 'cancelled') and g.created_at > v_hour_ago - v_longest
        order by g.created_at desc
        limit 2000
      ) as n
    )
    , 'tokens', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'token_id', c.token_id, 'name', basepool._printable(t.name)
        , 'account', basepool._printable(coalesce(a.username, 'account ' || a.id)), 'account_id', a.id
        , 'state', c.state, 'reason', basepool._printable(c.reason), 'back_at', c.back_at, 'used', c.in_flight
        , 'slots', t.max_in_flight
      ) order by c.token_id), '[]')
      from basepool._token_capacity(v_now) as c
      inner join public.replicate_tokens as t on t.id = c.token_id
      inner join basepool.accounts as a on a.id = c.account_id
    )
    , 'minutes', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'at', m.minute, 'leased', m.leased, 'succeeded', m.succeeded, 'failed', m.failed, 'wait_p50', m.wait_p50
        , 'wait_p95', m.wait_p95
      ) order by m.minute), '[]')
      from basepool._minutes(v_now, 60) as m
    )
    , 'jobs', basepool._jobs_shown(v_now, 0)
    , 'pauses', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'kind', h.kind, 'name', h.name, 'says', h.says, 'since', h.since, 'until', h.until, 'is_breaker', h.is_breaker
      ) order by h.kind, h.name), '[]')
      from (select o.* from basepool._list_holds() as o limit 200) as h
    )
  );
  return v_page || jsonb_build_object(
    'at', v_now
    , 'workers', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'name', w.name, 'heard_at', w.heard_at, 'is_silent', w.heard_at < v_heard_since, 'doing', basepool._printable(w.doing)
        , 'hands', w.hands, 'hands_free', w.hands_free, 'version', w.version
      ) order by w.name), '[]')
      from (select o.* from basepool.workers as o order by o.name limit 200) as w
    )
    , 'stamp', md5(v_page::text || (
      -- a heartbeat is no news
      select coalesce(jsonb_agg(jsonb_build_array(
        w.name, w.doing, w.hands, w.hands_free, w.heard_at < v_heard_since
      ) order by w.name), '[]')::text
      from basepool.workers as w
    ))
  );
end
$$;

revoke all on function basepool.page_overview() from public, anon, authenticated, service_role;
grant execute on function basepool.page_overview() to basepool_glue, basepool_operator;

comment on function basepool.page_overview() is
'What the operator''s first screen shows, as JSON: at, alerts (open ones: name, severity, says, opened_at), waiting and delayed
({count, capped}), oldest_at (since when the oldest waits of the 1,000 that are next, and of as many that wait for a time),
in_flight (submitting, running, unknown), last_hour (completed, failed, cancelled: {count, capped}), tokens, minutes (the last 60: leased,
succeeded, failed, wait_p50 and wait_p95 in seconds), jobs (as page_jobs, without runs), pauses, workers, and stamp: it changes when
anything does that is shown, but for at and heard_at.';
