-- One listing of an account answers for all of its lost attempts of the same minutes.
create or replace function basepool._begin_search(p_account bigint, p_worker text)
returns basepool.searches
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now timestamptz := basepool.now();
  v_attempts uuid[];
  v_from timestamptz;
  v_to timestamptz;
  v_search basepool.searches;
begin
  -- the caller has locked the account, so nobody else begins one; whoever was faster is seen here
  if exists (select from basepool.searches as s where s.account_id = p_account and s.ended_at is null) then
    return null;
  end if;
  select array_agg(d.attempt_id), min(d.leased_at), max(d.lost_at) into v_attempts, v_from, v_to
  from (
    select l.attempt_id, l.leased_at, l.lost_at
    from basepool.lost_attempts as l
    where
      l.account_id = p_account and l.search_at <= v_now
      and l.leased_at <= interval '10 minutes' + (
        select min(o.leased_at) from basepool.lost_attempts as o where o.account_id = p_account and o.search_at <= v_now
      )
    order by l.leased_at
    limit 200
    for update skip locked
  ) as d;
  if v_attempts is null then
    return null;
  end if;

  -- Replicate's clock need not be ours
  insert into basepool.searches as s
    (account_id, worker, started_at, leased_until, created_after, created_before, attempts)
  select p_account, p_worker, v_now, v_now + c.lease_time, v_from - interval '10 seconds'
    , w.provable_at + interval '10 seconds', cardinality(v_attempts)
  from basepool.settings as c
  cross join basepool._when_certain(v_to) as w
  returning s.* into v_search;
  update basepool.lost_attempts as l
  set search_id = v_search.id, searches = l.searches + 1, is_absent = false, doubt_prediction_id = null
  where l.attempt_id = any(v_attempts);
  perform basepool._spend_reads(p_account, 1);
  return v_search;
end
$$;

revoke all on function basepool._begin_search(bigint, text) from public, anon, authenticated, service_role;

comment on function basepool._begin_search(bigint, text) is
'Begins a search of an account, which the caller has locked, for p_worker. Returns it; null when one is under way or nothing is
to be looked for.';
