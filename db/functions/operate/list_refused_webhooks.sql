-- A webhook that is refused fails nothing: its result is found by asking, later. So it has to be seen whose are refused, why, and
-- since when.
create or replace function basepool.list_refused_webhooks(p_since interval default '1 day')
returns table (account text, reason text, times integer, since timestamptz, last timestamptz, last_attempt uuid)
language sql
stable
security definer
set search_path = ''
as $$
  with refused as materialized (
    select e.attempt_id, e.received_at, regexp_replace(e.outcome, '^refused: ', '') as reason
    from (select basepool.now() - p_since as time) as since
    inner join basepool.webhook_events as e on e.received_at >= since.time
    where e.outcome like 'refused%'
    order by e.received_at desc
    limit 1000
  ),

  -- a forged one names no attempt that there is, and is nobody's
  known as (
    select r.*, coalesce(c.username, 'account ' || c.id) as account
    from refused as r
    left join public.replicate_tokens as t on
      t.id = basepool._seat_of(r.attempt_id) / 1000 and (
        exists (select from basepool.seats as s where s.id = basepool._seat_of(r.attempt_id) and s.attempt_id = r.attempt_id)
        or exists (select from basepool.attempts as a where a.id = r.attempt_id)
      )
    left join basepool.accounts as c on c.id = t.account_id
  )

  select
    k.account, k.reason, count(*)::integer, min(k.received_at), max(k.received_at)
    , (array_agg(k.attempt_id order by k.received_at desc))[1]
  from known as k
  group by k.account, k.reason
  order by max(k.received_at) desc, k.reason
$$;

revoke all on function basepool.list_refused_webhooks(interval) from public, anon, authenticated, service_role;
grant execute on function basepool.list_refused_webhooks(interval) to basepool_glue;

comment on function basepool.list_refused_webhooks(interval) is
'The newest 1000 webhooks that were refused within p_since, by account and reason: how many, the first and the last of them, and the
attempt that the last one names. account is null where they name no attempt that there is.';
