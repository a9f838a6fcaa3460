-- One listing of an account answers for all of its lost attempts of the same minutes, and only one is under way per account.
create or replace function basepool.claim_searches(p_worker text, p_max integer)
returns table (
  account_id bigint,
  token text,
  started_at timestamptz,
  created_after timestamptz,
  created_before timestamptz,
  attempts integer
)
language plpgsql
volatile
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_now timestamptz := basepool.now();
  v_settings basepool.settings;
  v_account bigint;
  v_attempts uuid[];
  v_from timestamptz;
  v_to timestamptz;
  v_found integer := 0;
begin
  if coalesce(p_worker, '') = '' then
    raise exception using
      errcode = 'PT400', message = 'p_worker is empty', hint = 'Name the worker, for example host:pid.';
  end if;
  select s.* into v_settings from basepool.settings as s;
  for v_account in
    select b.account_id
    from basepool._lock_read_budgets() as b
    inner join basepool.accounts as c on c.id = b.account_id
    where
      b.permits > 0
      and (c.search_until is null or c.search_until <= v_now)
      and exists (select from basepool.attempts as a where a.account_id = b.account_id and a.search_at <= v_now)
  loop
    exit when v_found >= p_max;
    select array_agg(d.id), min(d.leased_at), max(d.lost_at) into v_attempts, v_from, v_to
    from (
      select a.id, a.leased_at, a.lost_at
      from basepool.attempts as a
      where
        a.account_id = v_account and a.search_at <= v_now
        and a.leased_at <= interval '10 minutes' + (
          select min(o.leased_at) from basepool.attempts as o where o.account_id = v_account and o.search_at <= v_now
        )
      order by a.leased_at
      limit 200
      for update skip locked
    ) as d;
    continue when v_attempts is null;

    update basepool.attempts as a
    set searched_at = v_now, searches = a.searches + 1, is_absent = false, doubt_prediction_id = null
      -- whoever claims it keeps it for a lease's time, prolonged with every page; then it is anybody's again
      , search_at = v_now + v_settings.lease_time
    where a.id = any(v_attempts);
    update basepool.accounts as c set search_until = v_now + v_settings.lease_time where c.id = v_account;
    perform basepool._spend_reads(v_account, 1);
    v_found := v_found + 1;

    account_id := v_account;
    token := (select basepool._read_secret(t.token) from basepool._token_of_account(v_account, null) as t);
    started_at := v_now;
    -- Replicate's clock need not be ours
    created_after := v_from - interval '10 seconds';
    created_before := v_to + v_settings.absence_after + interval '10 seconds';
    attempts := cardinality(v_attempts);
    return next;
  end loop;
end
$$;

revoke all on function basepool.claim_searches(text, integer) from public, anon, authenticated, service_role;
grant execute on function basepool.claim_searches(text, integer) to basepool_glue;

comment on function basepool.claim_searches(text, integer) is
'Up to p_max accounts whose list of predictions is to be searched for lost ones: with which token, and between which times of
creation. p_worker lists them, passes each page to match_predictions, applies what that returns (apply_prediction, source
search) and reports conclude_search. started_at names the search. Raises PT400.';
