-- The other half of _lock_reads.
create or replace function basepool._spend_reads(p_account bigint, p_count integer)
returns void
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_now constant bigint := basepool._microseconds(basepool.now());
begin
  update basepool.accounts as c
  set reads_spent = basepool._spend_permits(
    c.reads_spent, basepool._time_per_permit(c.reads_per_minute, basepool._burst(c.reads_per_minute, null), 0), p_count, v_now
  )
  where c.id = p_account;
end
$$;

revoke all on function basepool._spend_reads(bigint, integer) from public, anon, authenticated, service_role;

comment on function basepool._spend_reads(bigint, integer) is
'Counts p_count reads or cancels against the account''s limit.';
