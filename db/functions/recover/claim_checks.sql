-- Webhooks get lost, and Replicate repeats them for a minute only: what has been silent for too long is asked for, as far as each
-- account's reads per minute allow.
create or replace function basepool.claim_checks(p_worker text, p_max integer)
returns table (attempt_id uuid, prediction_id text, token text)
language sql
volatile
security definer
set search_path = ''
as $$
  with budgets as (
    -- in any order: the first account of a fixed one would take every claim while it has enough that is due
    select b.account_id, b.permits from basepool._lock_read_budgets() as b order by random()
  ),

  due as (
    select d.id, d.generation_id
    from budgets as b
    cross join lateral (
      select a.id, a.generation_id
      from basepool.attempts as a
      where
        a.account_id = b.account_id
        and a.slot_no is not null and a.prediction_id is not null and a.check_at <= basepool.now()
      order by a.check_at
      limit least(p_max, b.permits)
      for update skip locked
    ) as d
    limit p_max
  ),

  claimed as (
    -- without a webhook nobody else will tell, so the pauses stay short; with one they double
    update basepool.attempts as a
    set
      checks = a.checks + 1,
      -- at the latest when it becomes stuck, so that the cleanup knows what it ends
      check_at = least(case when g.created_at + s.stuck_after > basepool.now() then g.created_at + s.stuck_after end
      , basepool.now() + case
        when a.has_webhook then least(
          s.check_at_most_every, basepool._expected_silence(a.model) * power(2, least(a.checks, 20))
        )
        else least(s.check_after, greatest(s.poll_every, (basepool.now() - a.leased_at) / 4))
      end * (0.9 + 0.2 * random()))
    from due
    left join public.generations as g on g.id = due.generation_id
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

revoke all on function basepool.claim_checks(text, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_checks(text, integer) to basepool_glue;

comment on function basepool.claim_checks(text, integer) is
'Up to p_max running predictions that have been silent for too long, each with a token of its own account. p_worker asks
Replicate for each and passes the answer to apply_prediction, or reports record_check_failed.';
