-- One part of what is on the screen of the on-call: each can be read, or not, for itself.
create or replace function basepool._status_of(p_section text)
returns jsonb
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant timestamptz := basepool.now();
begin
  if p_section = 'generations' then
    return (
      select jsonb_build_object(
        -- what is being sent is still pending to the app
        'pending', count(*) filter (where g.status in ('pending', 'queued')) - coalesce(max(c.sending), 0),
        'processing', count(*) filter (where g.status = 'processing') + coalesce(max(c.sending), 0),
        'stuck', count(*) filter (where g.created_at <= v_now - s.stuck_after),
        'unsettled', (select count(*) from basepool.unsettled)
      )
      from public.generations as g
      cross join basepool.settings as s
      cross join (
        select count(*) as sending
        from basepool.seats as o
        inner join public.generations as p on p.id = o.generation_id
        where o.attempt_id is not null and o.prediction_id is null and p.status in ('pending', 'queued')
      ) as c
      where basepool.is_active(g.status)
    );
  elsif p_section = 'queue' then
    return (
      select jsonb_build_object(
        'waiting', count(*) filter (where q.run_after is null),
        'delayed', count(*) filter (where q.run_after < 'infinity'),
        'parked', count(*) filter (where q.parked_for is not null),
        'gated', count(*) filter (where q.run_after = 'infinity' and q.parked_for is null),
        'next_retry_at', min(q.run_after) filter (where q.run_after < 'infinity'),
        'oldest_seconds', extract(epoch from v_now - min(q.queued_at))
      )
      from basepool.queue as q
    );
  elsif p_section = 'pauses' then
    return (
      select coalesce(jsonb_agg(to_jsonb(h) order by h.kind, h.name), '[]')
      from basepool._list_holds() as h
    );
  elsif p_section = 'attempts' then
    return (
      select jsonb_build_object(
        'submitting', count(*) filter (where s.state = 'submitting'),
        'running', count(*) filter (where s.state = 'running'),
        'unknown', count(*) filter (where s.state = 'unknown')
      )
      from basepool.seats as s where s.attempt_id is not null
    );
  elsif p_section = 'last_hour' then
    return (
      select jsonb_build_object(
        'leases', coalesce(sum(m.leased), 0),
        'succeeded', coalesce(sum(m.succeeded), 0),
        'failed', coalesce(sum(m.failed), 0),
        'rejected', coalesce(sum(m.rejected), 0)
      )
      from basepool._count_minutes(date_trunc('minute', v_now) - interval '59 minutes') as m
    );
  elsif p_section = 'tokens' then
    return (select coalesce(jsonb_agg(to_jsonb(t) order by t.token_id), '[]') from basepool.list_tokens() as t);
  elsif p_section = 'webhooks' then
    return (
      select jsonb_build_object(
        'refused', count(*)
        , 'last_reason', (array_agg(regexp_replace(e.outcome, '^refused: ', '') order by e.received_at desc))[1]
      )
      from (
        select r.outcome, r.received_at from basepool.webhook_events as r
        where r.outcome like 'refused%' and r.received_at > v_now - interval '1 hour'
        order by r.received_at desc
        limit 1000
      ) as e
    );
  elsif p_section = 'searches' then
    return (
      select coalesce(jsonb_agg(to_jsonb(l) order by l.account), '[]')
      from (
        select distinct on (s.account_id)
          coalesce(a.username, 'account ' || a.id) as account, s.ended_at, s.skipped, s.skipped_what, s.error
        from basepool.searches as s
        inner join basepool.accounts as a on a.id = s.account_id
        where s.ended_at > v_now - interval '1 hour' and (s.skipped > 0 or s.error is not null)
        order by s.account_id, s.id desc
      ) as l
    );
  elsif p_section = 'outputs' then
    return (
      select jsonb_build_object(
        'waiting', (
          select count(*) from (
            select from basepool.output_files as f where f.state = 'waiting' and f.again_at is null limit 10000
          ) as n
        ) + (
          select count(*) from (
            select from basepool.output_files as f where f.state = 'waiting' and f.again_at is not null limit 10000
          ) as n
        ),
        'storing', (select count(*) from basepool.output_files as f where f.state = 'storing' and f.again_at is not null),
        'stored_last_hour', (
          select count(*) from (
            select from basepool.output_files as f where f.stored_at > v_now - interval '1 hour' limit 10000
          ) as n
        ),
        'failed_last_day', (
          select count(*) from (
            select from basepool.output_files as f where f.state = 'failed' and f.failed_at > v_now - interval '1 day' limit 10000
          ) as n
        ),
        'oldest_deadline', least(
          (select min(f.deadline) from basepool.output_files as f where f.state = 'waiting' and f.again_at is null)
          , (
            select min(n.deadline)
            from (
              select f.deadline from basepool.output_files as f
              where f.state = 'waiting' and f.again_at is not null
              order by f.again_at limit 1000
            ) as n
          )
          , (select min(f.deadline) from basepool.output_files as f where f.state = 'storing' and f.again_at is not null)
        )
      )
    );
  elsif p_section = 'jobs' then
    return (
      select coalesce(jsonb_agg(to_jsonb(j) order by j.job), '[]')
      from (
        select l.job, l.started_at as last_run, l.ok, l.result, l.error
        from basepool.jobs as k
        cross join lateral (
          select r.job, r.started_at, r.ok, r.result, r.error from basepool.job_runs as r
          where r.job = k.name
          order by r.started_at desc
          limit 1
        ) as l
      ) as j
    );
  elsif p_section = 'workers' then
    return (select coalesce(jsonb_agg(to_jsonb(w) order by w.name), '[]') from basepool.list_workers() as w);
  elsif p_section = 'alerts' then
    return (select coalesce(jsonb_agg(to_jsonb(l) order by l.opened_at, l.name), '[]') from basepool._list_alerts() as l);
  elsif p_section = 'findings' then
    return (select coalesce(jsonb_agg(to_jsonb(f) order by f.name), '[]') from basepool._list_findings(v_now) as f);
  end if;
  return null;
end
$$;

revoke all on function basepool._status_of(text) from public, anon, authenticated, service_role;

comment on function basepool._status_of(text) is
'What basepool.get_status shows under p_section: generations, queue, pauses, attempts, last_hour, tokens, webhooks,
searches, outputs, jobs, workers, alerts or findings.';
