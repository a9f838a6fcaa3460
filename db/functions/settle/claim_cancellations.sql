-- Only Replicate can end what runs there; with a token of the account that made it, because another one gets a 404.
create or replace function basepool.claim_cancellations(p_worker text, p_max integer)
returns table (attempt_id uuid, prediction_id text, token text)
language sql
volatile
security definer
set search_path = ''
as $$
  with budgets as (
    -- in any order, for the reason in claim_checks
    select b.account_id, b.permits from basepool._lock_read_budgets() as b order by random()
  ),

  due as (
    select d.id
    from budgets as b
    cross join lateral (
      select a.id
      from basepool.attempts as a
      where
        a.account_id = b.account_id
        and a.cancel_requested_at <= basepool.now() and a.cancel_done_at is null and a.prediction_id is not null
      order by a.cancel_requested_at
      limit least(p_max, b.permits)
      for update skip locked
    ) as d
    limit p_max
  ),

  claimed as (
    -- whoever claims it has a lease's time; then it is anybody's again
    update basepool.attempts as a
    set cancel_requested_at = basepool.now() + s.lease_time
    from due
    cross join basepool.settings as s
    where a.id = due.id
    returning a.id, a.prediction_id, a.token_id, a.account_id
  ),

  spent as (
    select basepool._spend_reads(n.account_id, n.calls)
    from (select c.account_id, count(*)::integer as calls from claimed as c group by c.account_id) as n
  )

  select c.id, c.prediction_id, basepool._read_secret(t.token)
  from claimed as c
  cross join lateral basepool._token_of_account(c.account_id, c.token_id) as t
  -- makes the spending happen
  where (select count(*) from spent) >= 0
$$;

revoke all on function basepool.claim_cancellations(text, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_cancellations(text, integer) to basepool_glue;

comment on function basepool.claim_cancellations(text, integer) is
'Up to p_max predictions to cancel at Replicate, each with a token of its own account; leased to p_worker for
settings.lease_time. Report each with record_cancellation.';
