-- A rotated webhook secret turns every genuine webhook away, and the results come all the same, by polling, late: nobody would
-- notice. Forged ones name no attempt that there is.
create or replace function basepool._refused_webhooks(p_now timestamptz)
returns table (account_id bigint, refused integer, since timestamptz)
language sql
stable
set search_path = ''
as $$
  with recent as materialized (
    select e.attempt_id, e.received_at, e.outcome like 'refused: bad signature%' as is_refused, e.outcome like 'refused%' as is_no
    from basepool.webhook_events as e
    where e.received_at > p_now - interval '10 minutes'
    order by e.received_at desc
    limit 500
  ),

  known as (
    select t.account_id, r.received_at, r.is_refused, r.is_no
    from recent as r
    inner join public.replicate_tokens as t on t.id = basepool._seat_of(r.attempt_id) / 1000
    where
      not r.is_no or r.is_refused and (
        exists (select from basepool.seats as s where s.id = basepool._seat_of(r.attempt_id) and s.attempt_id = r.attempt_id)
        or exists (select from basepool.attempts as a where a.id = r.attempt_id)
      )
  )

  select k.account_id, count(*) filter (where k.is_refused)::integer, min(k.received_at) filter (where k.is_refused)
  from known as k
  group by k.account_id
  having
    count(*) filter (where k.is_refused) >= 2
    and max(k.received_at) filter (where k.is_refused) > coalesce(max(k.received_at) filter (where not k.is_no), '-infinity')
$$;

revoke all on function basepool._refused_webhooks(timestamptz) from public, anon, authenticated, service_role;

comment on function basepool._refused_webhooks(timestamptz) is
'The accounts whose genuine webhooks were refused lately for their signature, twice at least and none accepted since. Looks at
the last 500 events of ten minutes.';
