-- Reads and cancels share an account's second limit, whoever makes them. An account that somebody else is counting on right
-- now is left out: it is asked again in a second, and waiting could deadlock.
create or replace function basepool._lock_reads(p_accounts bigint [])
returns table (account_id bigint, permits integer)
language plpgsql
volatile
-- few accounts, so that the plans of its callers look up what is due instead of reading everything
rows 10
set search_path = ''
as $$
#variable_conflict use_column
declare
  v_now constant bigint := basepool._microseconds(basepool.now());
begin
  return query
    select c.id
      , basepool._permits_left(c.reads_spent, basepool._time_per_permit(c.reads_per_minute, b.burst, 0), b.burst, v_now)
    from basepool.accounts as c
    cross join lateral (select basepool._burst(c.reads_per_minute, null) as burst offset 0) as b
    where c.id = any(p_accounts)
    order by c.id
    for no key update of c skip locked;
end
$$;

revoke all on function basepool._lock_reads(bigint[]) from public, anon, authenticated, service_role;

comment on function basepool._lock_reads(bigint[]) is
'Locks those of p_accounts that are free and returns how many reads and cancels each may make now.';
