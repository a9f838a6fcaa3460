-- Webhooks get lost, and Replicate repeats them for a minute only: what has been silent for too long is asked for, as far as each
-- account's reads per minute allow.
create or replace function basepool.claim_checks(p_max integer)
returns table (attempt_id uuid, prediction_id text, token text)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_now timestamptz := basepool.now();
  v_settings basepool.settings;
  v_budget record;
  v_left integer := p_max;
  v_count integer;
begin
  select s.* into v_settings from basepool.settings as s;
  for v_budget in
    -- in any order: the first account of a fixed one would take every claim while it has enough that is due
    select b.account_id, b.permits
    from basepool._lock_read_budgets((
      select array_agg(c.id) from basepool.accounts as c
      where exists (
        select from basepool.attempts as a
        where a.account_id = c.id and a.slot_no is not null and a.prediction_id is not null and a.check_at <= v_now
      )
    )) as b
    order by random()
  loop
    exit when v_left <= 0;
    return query
      with due as (
        select a.id, a.generation_id
        from basepool.attempts as a
        where
          a.account_id = v_budget.account_id
          and a.slot_no is not null and a.prediction_id is not null and a.check_at <= v_now
        order by a.check_at
        limit least(v_left, v_budget.permits)
        for update skip locked
      ),

      claimed as (
        -- without a webhook nobody else will tell, so the pauses stay short; with one they double
        update basepool.attempts as a
        set
          checks = a.checks + 1,
          -- at the latest when it becomes stuck, so that the cleanup knows what it ends
          check_at = least(
            case when g.created_at + v_settings.stuck_after > v_now then g.created_at + v_settings.stuck_after end,
            v_now + case
              when a.has_webhook then least(
                v_settings.check_at_most_every, basepool._expected_silence(a.model) * power(2, least(a.checks, 20))
              )
              else least(v_settings.check_after, greatest(v_settings.poll_every, (v_now - a.leased_at) / 4))
            end * (0.9 + 0.2 * random())
          )
        from due
        left join public.generations as g on g.id = due.generation_id
        where a.id = due.id
        returning a.id, a.prediction_id, a.token_id
      )

      select c.id, c.prediction_id, basepool._read_secret(t.token)
      from claimed as c
      cross join lateral basepool._token_of_account(v_budget.account_id, c.token_id) as t;
    get diagnostics v_count = row_count;
    perform basepool._spend_reads(v_budget.account_id, v_count);
    v_left := v_left - v_count;
  end loop;
end
$$;

revoke all on function basepool.claim_checks(integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_checks(integer) to basepool_glue;

comment on function basepool.claim_checks(integer) is
'Up to p_max running predictions that have been silent for too long, each with a token of its own account. Ask Replicate for
each and pass the answer to apply_prediction, or report record_check_failed.';
