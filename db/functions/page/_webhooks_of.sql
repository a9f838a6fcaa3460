-- The inbox is ordered by time alone, because every webhook writes it. One's own come when its attempt was sent, when Replicate was
-- heard, and when it ended: around those times they are looked for.
create or replace function basepool._webhooks_of(p_attempts jsonb)
returns jsonb
language sql
stable
set search_path = ''
set enable_seqscan = off
set enable_sort = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
  with attempts as materialized (
    select (a.value ->> 'attempt_id')::uuid as id, (a.value ->> 'attempt_no')::integer as attempt_no, t.at, t.least, t.most
    from (
      select e.value from jsonb_array_elements(p_attempts) with ordinality as e (value, n) order by e.n desc limit 5
    ) as a
    cross join lateral (
      values
      ((a.value ->> 'submitted_at')::timestamptz, interval '-1 second', interval '1 minute'),
      ((a.value ->> 'heard_at')::timestamptz, interval '-1 second', interval '1 minute'),
      ((a.value ->> 'finished_at')::timestamptz, interval '-1 second', interval '5 minutes')
    ) as t (at, least, most)
    where t.at is not null
  ),

  found as (
    select a.attempt_no, w.webhook_id, w.received_at, w.prediction_status, w.outcome
    from attempts as a
    cross join lateral (
      select e.* from (
        select o.* from basepool.webhook_events as o
        where o.received_at >= a.at + a.least and o.received_at < a.at + a.most
        order by o.received_at
        limit 400
      ) as e
      where e.attempt_id = a.id
    ) as w
    union
    select a.attempt_no, w.webhook_id, w.received_at, w.prediction_status, w.outcome
    from (
      select (e.value ->> 'attempt_id')::uuid as id, (e.value ->> 'attempt_no')::integer as attempt_no
        , (e.value ->> 'leased_at')::timestamptz as leased_at
      from jsonb_array_elements(p_attempts) as e
    ) as a
    cross join lateral (
      select e.* from (
        select o.* from basepool.webhook_events as o
        where o.outcome like 'refused%' and o.received_at >= a.leased_at
        order by o.received_at
        limit 200
      ) as e
      where e.attempt_id = a.id
    ) as w
  )

  select coalesce(jsonb_agg(jsonb_build_object(
    'at', f.received_at, 'attempt_no', f.attempt_no, 'webhook_id', basepool._printable(f.webhook_id)
    , 'status', basepool._printable(f.prediction_status), 'outcome', basepool._printable(f.outcome)
    , 'refused', f.outcome like 'refused%'
  ) order by f.received_at, f.webhook_id), '[]')
  from (select o.* from found as o limit 200) as f
$$;

revoke all on function basepool._webhooks_of(jsonb) from public, anon, authenticated, service_role;

comment on function basepool._webhooks_of(jsonb) is
'The webhooks of the last five of p_attempts (as page_generation has them), and those of all that were refused: at, attempt_no,
webhook_id, status, outcome, refused. They are looked for among 400 events after each time at which one is likely, so that in a
flood some may be missing.';
