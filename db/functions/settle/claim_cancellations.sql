-- Only Replicate can end what runs there; with a token of the account that made it, because another one gets a 404.
create or replace function basepool.claim_cancellations(p_max integer)
returns table (attempt_id uuid, prediction_id text, token text)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_now timestamptz := basepool.now();
  v_again_at timestamptz;
  v_budget record;
  v_left integer := p_max;
  v_count integer;
begin
  if exists (select from basepool.cancellations as c where c.is_held) then
    perform basepool._carry_on_cancellations();
  end if;
  -- whoever claims it has a lease's time; then it is anybody's again
  select v_now + s.lease_time into v_again_at from basepool.settings as s;
  for v_budget in
    -- in any order, for the reason in claim_checks
    select b.account_id, b.permits
    from basepool._lock_reads((
      select array_agg(a.id) from basepool.accounts as a
      where exists (
        select from basepool.cancellations as c
        where c.account_id = a.id and c.again_at <= v_now and c.prediction_id is not null and not c.is_held
      )
    )) as b
    order by random()
  loop
    exit when v_left <= 0;
    return query
      with due as (
        select c.id
        from basepool.cancellations as c
        where
          c.account_id = v_budget.account_id
          and c.again_at <= v_now and c.prediction_id is not null and not c.is_held
        order by c.again_at
        limit least(v_left, v_budget.permits)
        for update skip locked
      ),

      claimed as (
        update basepool.cancellations as c
        set again_at = v_again_at
        from due
        where c.id = due.id
        returning c.id, c.prediction_id, basepool._seat_of(c.id) / 1000 as token_id
      )

      select c.id, c.prediction_id, basepool._secret_of_account(v_budget.account_id, c.token_id)
      from claimed as c;
    get diagnostics v_count = row_count;
    perform basepool._spend_reads(v_budget.account_id, v_count);
    v_left := v_left - v_count;
  end loop;
end
$$;

revoke all on function basepool.claim_cancellations(integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_cancellations(integer) to basepool_glue;

comment on function basepool.claim_cancellations(integer) is
'Up to p_max predictions to cancel at Replicate, each with a token of its own account (null
where none can be used); they are the caller''s for
settings.lease_time. Report each with record_cancellation.';
