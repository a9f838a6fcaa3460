-- The other half of _lock_read_budgets.
create or replace function basepool._spend_reads(p_account bigint, p_count integer)
returns void
language sql
volatile
set search_path = ''
as $$
  update basepool.accounts as c
  set reads_spent_until = basepool._spend_permits(
    c.reads_spent_until, c.reads_per_minute, null, interval '0 seconds', p_count, basepool.now()
  )
  where c.id = p_account
$$;

revoke all on function basepool._spend_reads(bigint, integer) from public, anon, authenticated, service_role;

comment on function basepool._spend_reads(bigint, integer) is
'Counts p_count reads or cancels against the account''s limit.';
