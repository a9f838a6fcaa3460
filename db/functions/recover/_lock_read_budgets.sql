-- Reads and cancels share an account's second limit, whoever makes them. An account that somebody else is counting on right now is
-- left out: it is asked again in a second, and waiting could deadlock. Only those with something due are to be locked, because a
-- claim passes over the tokens of an account that is.
create or replace function basepool._lock_read_budgets(p_accounts bigint [])
returns table (account_id bigint, permits integer)
language sql
volatile
-- few accounts, so that the plans of its callers look up what is due instead of reading everything
rows 10
set search_path = ''
as $$
  select c.id, basepool._permits_left(c.reads_spent_until, c.reads_per_minute, null, interval '0 seconds', basepool.now())
  from basepool.accounts as c
  where c.id = any(p_accounts)
  order by c.id
  for no key update skip locked
$$;

revoke all on function basepool._lock_read_budgets(bigint []) from public, anon, authenticated, service_role;

comment on function basepool._lock_read_budgets(bigint []) is
'Locks those of p_accounts that are free and returns how many reads and cancels each may make now.';
